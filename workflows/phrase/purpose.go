package phrase

import (
	"regexp"
	"strings"
)

// Purpose is what a line is for, whatever it is about.
type Purpose int

// The purposes of lines.
const (
	ToAsk      Purpose = iota // for something, if it is about anything that can be asked for
	ToPropose                 // for the same as a question: may I take Friday off? 可以请假吗
	ToQuestion                // to be told something
	ToTakeBack                // what was asked for before: cancel my leave, 下周一不休了
	ToDecide                  // what somebody else asked for: approve Tom's leave, 同意 LV-3
)

var (
	takingBack = split("cancel, undo, withdraw, revoke, retract, rescind, scrap, delete, take back, call off, never mind, " +
		"changed my mind, changed my mind about, don't need, don’t need, do not need, don't want, don’t want, no longer need, " +
		"no longer want, not taking, won't take, won’t take, 取消, 撤回, 撤销, 撤掉, 收回, " +
		"销假, 作废, 删除, 删掉, 删了, 退掉, 放弃, 不休了, 不请了, 不要了, 不请假, 不休假, 不休, 不请, 不用请, " +
		"不用休, 不想请, 不想休")
	// dropping takes back as well, where it begins a line and speaks of what was asked for; elsewhere it can be a reason, as in
	// "tomorrow off, drop my son at school".
	dropping = regexp.MustCompile(`(?i)^\W*(?:(?:please|pls|can you|could you|can we|i want to|i need to|i'd like to|let's)\W+)*` +
		`(?:remove|drop|forget(?: about)?|scratch|skip)\s+(?:my|our|the|that|this)\s+(?:\S+\s+){0,2}?` +
		`(?:leave|requests?|application|vacation|holidays?|days? off|time off)\b`)
	deciding = split("approve, reject, decline, deny, sign off, send back, 同意, 批准, 审批, 批一下, 驳回, " +
		"拒绝, 退回, 通过")
	// decided are the same words where they tell what was done.
	decided = split("同意了, 批准了, 审批了, 批了, 驳回了, 拒绝了, 退回了, 通过了, 审批到")
	inDoubt = split("吗, 谁, 怎么, 什么, 多少, 多久, 哪天, 哪些, 哪个, 哪里, 几时, 何时, 是否, " +
		"能不能, 可不可以, 可否, 是不是, 有没有, 在不在, 还剩, 剩几, 还有几, 有几天, 几个人, 几人, 余额, " +
		"my balance, 's balance, ’s balance, leave balance, vacation balance, holiday balance, remaining leave, remaining vacation")
	noDoubt = split("没什么, 什么都")
	asked   = strings.Fields("how what when why who whom whose where which who's who’s what's what’s when's")
	// helping begin a question when somebody or something follows them: is Tom off, do I have, can we.
	helping = strings.Fields("is are am do does did has have had can could will would should may might shall was were " +
		"isn't isn’t aren't aren’t doesn't doesn’t")
	// unasked follow them where they begin a sentence that leaves out who does it: will be off, have to see the dentist.
	unasked   = strings.Fields("be been to not need have had a an the taken take going off out")
	proposing = split("can i, can we, could i, could we, may i, may we, might i, shall i, would it be ok, " +
		"would it be okay, would it be possible, is it ok, is it okay, is it possible, mind if i, 可以, " +
		"能不能, 能否, 可不可以, 可否, 行吗, 好吗, 行不行")
)

// split makes a list of words and phrases that commas part.
func split(list string) []string {
	words := strings.Split(list, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}

// mentions tells whether one of the words stands in a line.
func mentions(line string, words []string) bool {
	_, ok := find(line, 0, words)
	return ok
}

// PurposeOf tells what a line is for. A line that takes back, or decides, is for that also where it asks how.
func PurposeOf(line string) Purpose {
	toks := scan(line)
	asks := question(line, toks)
	first := ""
	if len(toks) > 0 {
		first = toks[0].text
	}
	switch {
	case mentions(line, takingBack) || dropping.MatchString(line):
		return ToTakeBack
	case mentions(line, deciding) && !mentions(line, decided) && !isOne(first, asked) && !mentions(line, []string{"谁"}):
		return ToDecide
	case asks && mentions(line, proposing) && !isOne(first, asked) && !OfAnybody(line):
		return ToPropose
	case asks:
		return ToQuestion
	}
	return ToAsk
}

// WithoutPurpose gives a line without the words that say what it is for, which would make other dates of those beside them: "cancel
// tomorrow" is about tomorrow.
func WithoutPurpose(line string) string {
	for _, words := range [][]string{takingBack, deciding} {
		for m, ok := find(line, 0, words); ok; m, ok = find(line, 0, words) {
			line = without(line, m.from, m.to)
		}
	}
	return line
}

// question tells whether a line asks something: by its sign, by a word of doubt, or by how it begins.
func question(line string, toks []token) bool {
	if strings.ContainsAny(line, "?？؟") {
		return true
	}
	if mentions(line, inDoubt) && !mentions(line, noDoubt) {
		return true
	}
	if len(toks) == 0 {
		return false
	}
	if isOne(toks[0].text, asked) {
		return true
	}
	return len(toks) > 1 && isOne(toks[0].text, helping) && isWord(toks[1]) && !isOne(toks[1].text, unasked)
}

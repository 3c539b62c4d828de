package phrase

import "strings"

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
	takingBack = split("cancel, undo, withdraw, revoke, retract, rescind, scrap, take back, call off, never mind, " +
		"changed my mind, don't need, don’t need, do not need, don't want, don’t want, no longer need, " +
		"no longer want, not taking, won't take, won’t take, 取消, 撤回, 撤销, 撤掉, 收回, " +
		"销假, 作废, 不休了, 不请了, 不要了, 不请假, 不休假, 不休, 不请, 不用请, " +
		"不用休, 不想请, 不想休")
	deciding = split("approve, reject, decline, deny, sign off, send back, 同意, 批准, 审批, 批一下, 驳回, " +
		"拒绝, 退回, 通过")
	// decided are the same words where they tell what was done.
	decided = split("同意了, 批准了, 审批了, 批了, 驳回了, 拒绝了, 退回了, 通过了, 审批到")
	inDoubt = split("吗, 谁, 怎么, 什么, 多少, 多久, 哪天, 哪些, 哪个, 哪里, 几时, 何时, 是否, " +
		"能不能, 可不可以, 可否, 是不是, 有没有, 在不在, 还剩, 剩几, 还有几")
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
	mine  = split("i, i'm, i’m, my, me, we, our, 我, 我们, 本人")
	works = split("wfh, remote, remotely, home office, homeoffice, work from home, working from home, work at home, " +
		"working from, working remotely, at work, meeting, meetings, call with, conference, report, " +
		"deadline, deadlines, invoice, shipment, delivery, deliver, ship, ships, demo, presentation, " +
		"interview, training, policy, remind, reminder, send, sends, sent, email, kick off, kickoff, " +
		"off-site, offsite, business trip, overtime, on call, 在家办公, 居家办公, 居家, " +
		"在家工作, 远程, 线上办公, 办公, 开会, 会议, 例会, 出差, 加班, 值班, 汇报, " +
		"周报, 报告, 发货, 交货, 提醒, 面试, 培训, 拜访, 交付, 制度, 规定")
)

func split(list string) []string {
	words := strings.Split(list, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}

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
	case mentions(line, takingBack):
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

// Topic is what a question is about, of what nod could answer.
type Topic int

// The topics of questions.
const (
	OfNothing  Topic = iota
	OfBalance        // how many days are left
	OfAbsence        // who is away
	OfRequests       // what has become of a request
)

var (
	ofBalance = split("days left, leave left, i have left, have left, do i have, remaining, balance, how many days, " +
		"how many holidays, how much leave, how much holiday, how much vacation, allowance, entitlement, " +
		"entitled, 剩, 余额, 额度, 还有多少, 还有几天, 多少天, 多少年假, 多少假, " +
		"几天假, 几天年假, 几天调休")
	ofRequests = split("approved, rejected, decided, status, my request, my requests, my leave request, still waiting, " +
		"went through, 批了, 批准了, 通过了, 同意了, 审批到, 进度, 状态, 到哪, 批下来")
	ofAbsence = split("off, away, out, absent, on leave, leave, on holiday, on vacation, vacation, holiday, in the office, " +
		"around, available, here, in today, sick, working, back, 请假, 休假, 不在, 在不在, 在岗, " +
		"休息, 在吗, 上班, 有空, 谁在, 缺勤, 年假, 病假, 事假, 调休, 休")
)

var anybody = split("who, whom, anyone, anybody, someone, somebody, everyone, everybody, 谁, 有人, 哪些人")

// OfAnybody tells whether a line speaks of people without naming them: who is off, 谁请假.
func OfAnybody(line string) bool { return mentions(line, anybody) }

// TopicOf tells what a question is about.
func TopicOf(line string) Topic {
	switch {
	case mentions(line, ofBalance):
		return OfBalance
	case mentions(line, ofRequests):
		return OfRequests
	case mentions(line, ofAbsence) || mentions(line, anybody):
		return OfAbsence
	}
	return OfNothing
}

// OfWriter tells whether a line speaks of who wrote it: am I off on Friday, 我明天请假了吗.
func OfWriter(line string) bool { return mentions(line, mine) }

// OfWork tells whether a line speaks of work rather than of what somebody wants: WFH, meeting, 在家办公.
func OfWork(line string) bool { return mentions(line, works) }

// Reasons are short: what is longer, beside nothing but a date, tells something else.
const (
	longestReason    = 8  // words
	longestHanReason = 24 // characters
)

// ReadsLikeReason tells whether what is left of a line, beside nothing but a date, can be the reason why somebody wants it.
func ReadsLikeReason(rest string) bool {
	words, han := 0, 0
	for _, t := range scan(rest) {
		switch {
		case t.han:
			han += len([]rune(t.text))
		case t.class != mark:
			words++
		}
	}
	return words <= longestReason && han <= longestHanReason && !OfWork(rest)
}

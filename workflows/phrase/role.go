package phrase

import "strings"

// role is what a word does beside a date, in either language, whatever it means itself. A word may have several.
type role uint16

const (
	starting   role = 1 << iota // a range begins after it; without an end or a number of days that is not understood
	filler                      // may stand between a date and its number of days: "3 days annual leave from Monday", 明天起请三天
	connecting                  // means nothing at the ends of what is left of a line
	idle                        // leaves nothing where nothing else stands beside a date: "I'd like to take tomorrow off" gives no reason
	before                      // makes the date behind it another one, or more than one
	after                       // the same of the date in front of it
	verb                        // follows "may" where that is no month: "only 2 may go"
	excluding                   // leaves the date out
	courteous                   // gives no reason either: hi, thanks
	thing                       // is counted, so that the number in front of it is no day: "May 3 people come"
)

var roles = func() map[string]role {
	m := map[string]role{}
	for r, words := range map[role]string{
		starting: "from starting beginning commencing 从 自 自从 起 开始",
		filler: "on for off of the leave time annual sick personal vacation holiday pto start as , ( " +
			"请 休 假 请假 休假 年假 病假 事假 调休 要 想 我 共 一共 总共 的 、",
		connecting: "from on for to until till til through thru starting beginning commencing off of and please 从 自 到 至 请 请假 开始 起 为止",
		idle: "i i'd i’d i'll i’ll i'm i’m we my would will can could like want need to take taking have be am a the day days all whole " +
			"full leave off out away please get order request requesting " +
			"apply applying book file submit schedule may and also plus some 提交 我 我要 我想 要 想 想要 和 与 及 以及 请 请假 申请 " +
			"休 休假 假 个 一下 共 一共 总共 的 全天 整天 一整天",
		before: "before after since by every each past coming following except excluding not but about around approximately between " +
			"of end mid early late than as cancel 每 每个 隔 上 前 除 除了 除去 非 不 不是 近 约 大约 大概 截止 截至 第 半 下 别 不要 取消",
		after:     "ago before after week ish except latest 前 之前 以前 以来 左右 前后 内 末 底 初 晚 早 半 多 中旬 上旬 下旬 之间 以外 之外 不请 不请假 不用 不要",
		excluding: "except excluding not but without 除 除了 除去 除外 非 不 不是 别 不要 不请 不请假 不用 以外 之外",
		courteous: "hi hello hey dear thanks thank you cheers 谢谢 谢谢你 多谢 你好 您好 麻烦",
		verb:      "be not have go come need want take join stay also still get",
		thing:     "people persons guests clients customers colleagues times km miles of orders items units",
	} {
		for word := range strings.FieldsSeq(words) {
			m[word] |= r
		}
	}
	return m
}()

func (t token) is(r role) bool { return t.roles&r != 0 }

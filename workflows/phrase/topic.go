package phrase

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

var (
	anybody = split("who, whom, anyone, anybody, someone, somebody, everyone, everybody, 谁, 有人, 哪些人")
	mine    = split("i, i'm, i’m, my, me, we, our, 我, 我们, 本人")
)

// OfAnybody tells whether a line speaks of people without naming them: who is off, 谁请假.
func OfAnybody(line string) bool { return mentions(line, anybody) }

// TopicOf tells what a question is about.
func TopicOf(line string) Topic {
	switch {
	case mentions(line, ofBalance):
		return OfBalance
	case mentions(line, ofRequests):
		return OfRequests
	case mentions(line, ofAbsence) || OfAnybody(line):
		return OfAbsence
	}
	return OfNothing
}

// OfWriter tells whether a line speaks of who wrote it: am I off on Friday, 我明天请假了吗.
func OfWriter(line string) bool { return mentions(line, mine) }

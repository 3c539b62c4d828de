package phrase

var works = split("wfh, remote, remotely, home office, homeoffice, work from home, working from home, work at home, " +
	"working from, working remotely, at work, meeting, meetings, call with, conference, report, " +
	"deadline, deadlines, invoice, shipment, delivery, deliver, ship, ships, demo, presentation, " +
	"interview, training, policy, remind, reminder, send, sends, sent, email, kick off, kickoff, " +
	"off-site, offsite, business trip, overtime, on call, 在家办公, 居家办公, 居家, " +
	"在家工作, 远程, 线上办公, 办公, 开会, 会议, 例会, 出差, 加班, 值班, 汇报, " +
	"周报, 报告, 发货, 交货, 提醒, 面试, 培训, 拜访, 交付, 制度, 规定")

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

package phrase

import (
	"regexp"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Reminder is what a line asks nod to remind somebody of: "remind me to call Huaxin on Friday", 提醒我周五给华新打电话.
type Reminder struct {
	Whom  string         // a name, as it was written; empty: the writer
	What  string         // what is to be done, without the day
	Due   workflows.Date // zero: the line names no day
	Fault *workflows.Error
}

var (
	remindEnglish = regexp.MustCompile(`(?i)^\s*(?:please\s+|pls\s+|can you\s+|could you\s+)*remind\s+(.+)$`)
	// What the reminder is of follows one of these words; before it stand whom and perhaps when.
	remindOf      = regexp.MustCompile(`(?i)^(.*?)\s*\b(?:to|that|about|of)\s+(.+)$`)
	remindTask    = regexp.MustCompile(`(?i)^\s*(?:(?:to-?do|task|add a task|new task)\s*[:：]|(?:待办|任务|加个任务|新任务)\s*[:：])\s*(.+)$`)
	remindChinese = regexp.MustCompile(`^\s*(.*?)(?:请|麻烦|帮忙)?提醒(.+)$`)
	// by a day is on it: whoever says it wants to be reminded then.
	byDay      = regexp.MustCompile(`(?i)\b(?:by|before|until)\s+`)
	me         = regexp.MustCompile(`(?i)^\s*(?:me|us|myself)\b[\s,]*`)
	chineseMe  = regexp.MustCompile(`^\s*(?:一下|下)?(?:我|自己|咱)(?:们)?(?:一下)?[，,\s]*`)
	chineseOne = regexp.MustCompile(`^\s*(?:一下)?([^\s，,：:]{1,20})[\s，,：:]+(.+)$`)
)

// ReminderIn reads what a line asks to be reminded of; false: it asks for none. today is the writer's own date.
func ReminderIn(line string, today workflows.Date) (r Reminder, ok bool) {
	line = strings.TrimSpace(line)
	switch {
	case remindTask.MatchString(line):
		r.What = remindTask.FindStringSubmatch(line)[1]
	case remindEnglish.MatchString(line):
		rest := remindEnglish.FindStringSubmatch(line)[1]
		whom := ""
		if at := me.FindStringIndex(rest); at != nil {
			rest = rest[at[1]:]
		} else {
			m := remindOf.FindStringSubmatch(rest)
			if m == nil || strings.TrimSpace(m[1]) == "" {
				return r, false
			}
			whom, rest = m[1], m[2]
			if read := Read(whom, today); read.Dated { // remind Tom on Friday to call
				whom, rest = read.Rest, rest+" "+strings.TrimSpace(strings.TrimPrefix(whom, read.Rest))
			}
		}
		if m := remindOf.FindStringSubmatch(rest); whom == "" && m != nil && onlyDay(m[1], today) {
			rest = m[2] + " " + m[1]
		}
		r.Whom, r.What = strings.TrimSpace(whom), rest
	case remindChinese.MatchString(line):
		m := remindChinese.FindStringSubmatch(line)
		before, rest := strings.TrimSpace(m[1]), m[2]
		if before != "" && !onlyDay(before, today) {
			return r, false // 明天有提醒吗, or a sentence that is about something else
		}
		if at := chineseMe.FindStringIndex(rest); at != nil {
			rest = rest[at[1]:]
		} else if m := chineseOne.FindStringSubmatch(rest); m != nil {
			r.Whom, rest = m[1], m[2]
		} else {
			return r, false
		}
		r.What = strings.TrimSpace(before + " " + rest)
	default:
		return r, false
	}
	read := Read(byDay.ReplaceAllString(r.What, "on "), today)
	r.What, r.Fault = strings.TrimSpace(read.Rest), read.Fault()
	if read.Dated {
		r.Due = read.From
	}
	if r.Fault == nil && read.Half {
		r.Due = read.From
	}
	return r, r.What != ""
}

// onlyDay tells whether words say nothing but a day, or nothing.
func onlyDay(words string, today workflows.Date) bool {
	read := Read(words, today)
	return strings.TrimSpace(words) == "" || read.Dated && read.Rest == ""
}

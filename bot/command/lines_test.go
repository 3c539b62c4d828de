package command_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/leave"
	"github.com/nod-chat/nod/workflows/policy"
)

// company is an office with people: Anna writes, Tom and 王磊 Wang Lei are her colleagues. She has LV-1, approved, on Monday 30 November, and
// LV-2, waiting, on Friday 4 December; Tom's LV-3 for Monday waits for her. Wang Lei is away on Monday.
type company struct{ office }

var (
	anna     = workflows.Person{ID: 1, No: "E001", Name: "Anna Lang", Zone: "Europe/Berlin", Active: true}
	tomBaker = workflows.Person{ID: 2, No: "E003", Name: "Tom Baker", Active: true}
	wangLei  = workflows.Person{ID: 3, No: "E013", Name: "王磊 Wang Lei", Active: true}
)

func (c company) Find(_ context.Context, number string) (workflows.Ref, error) {
	for i, known := range []string{"LV-1", "LV-2", "LV-3"} {
		if number, ok := workflows.RequestNumber(number); ok && number == known {
			return workflows.Ref{Kind: "leave", ID: workflows.SubjectID("id-" + string(rune('1'+i))), Number: number}, nil
		}
	}
	return workflows.Ref{}, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": number})
}

func (c company) KindOf(context.Context, workflows.Request) (*workflows.Kind, error) {
	k, _ := c.Current("leave")
	return k, nil
}

func (c company) PeopleNamed(_ context.Context, words []string, _ int) ([]workflows.Person, error) {
	var found []workflows.Person
	for _, p := range []workflows.Person{anna, tomBaker, wangLei} {
		parts := append(strings.Fields(strings.ToLower(p.Name)), strings.ToLower(p.No))
		if slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(words, part) }) {
			found = append(found, p)
		}
	}
	return found, nil
}

// Whom finds everybody, as for hr.
func (c company) Whom(ctx context.Context, _ workflows.Person, typed string) ([]workflows.Person, error) {
	var found []workflows.Person
	for _, p := range []workflows.Person{anna, tomBaker, wangLei} {
		words := strings.Fields(strings.ToLower(typed))
		parts := append(strings.Fields(strings.ToLower(p.Name)), strings.ToLower(p.No))
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(parts, w) }) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, workflows.Fault(workflows.ForField, "person.not_found", workflows.Args{"Value": typed})
	}
	return found, nil
}

func listed(number, id, state, day, who string) workflows.Listed {
	r := workflows.Request{Form: workflows.Form{"type": "annual", "from": day, "from_part": "am", "to": day, "to_part": "pm"}}
	r.Measures = map[string]int64{leave.MeasureMinutes: 480}
	r.Ref, r.State = workflows.Ref{Kind: "leave", ID: workflows.SubjectID(id), Number: number}, workflows.State(state)
	return workflows.Listed{Request: r, People: []string{who}}
}

// page is a list of one page.
func page(lines ...workflows.Listed) workflows.List {
	return workflows.List{Lines: lines, First: 1, Total: len(lines)}
}

func (c company) RequestsOf(context.Context, workflows.PersonID, workflows.Page) (workflows.List, error) {
	return page(listed("LV-2", "id-2", "pending", "2026-12-04", ""), listed("LV-1", "id-1", "approved", "2026-11-30", "")), nil
}

func (c company) Holding(ctx context.Context, _ workflows.PersonID, span workflows.Span, _ int) ([]workflows.Listed, error) {
	all, _ := c.RequestsOf(ctx, anna.ID, workflows.Page{})
	k, _ := c.Current("leave")
	return slices.DeleteFunc(all.Lines, func(l workflows.Listed) bool {
		days, _ := k.Days(l.Request.Form)
		return !days.Overlaps(span)
	}), nil
}

func (c company) ApprovalsOf(context.Context, workflows.PersonID, workflows.Page) (workflows.List, error) {
	return page(listed("LV-3", "id-3", "pending", "2026-11-30", tomBaker.Name)), nil
}

func (c company) WaitingFrom(ctx context.Context, _ workflows.PersonID, of []workflows.PersonID, _ int) ([]workflows.Listed, error) {
	if slices.Contains(of, tomBaker.ID) {
		list, err := c.ApprovalsOf(ctx, anna.ID, workflows.Page{})
		return list.Lines, err
	}
	return nil, nil
}

func (c company) Away(_ context.Context, _ workflows.PersonID, span workflows.Span, of []workflows.PersonID, _ int) ([]workflows.Busy, error) {
	monday := workflows.Date{Year: 2026, Month: 11, Day: 30}
	off, _ := workflows.NewSpan(monday, workflows.AM, monday, workflows.PM)
	if !off.Overlaps(span) || len(of) > 0 && !slices.Contains(of, wangLei.ID) {
		return nil, nil
	}
	return []workflows.Busy{{Person: wangLei.ID, Name: wangLei.Name, Span: off, Approved: true}}, nil
}

// outcome writes shortly what came of a line: the form with what is in it and its faults, the card, or the message with what can be pressed.
func outcome(r command.Result) string {
	var b strings.Builder
	if r.Ask != nil {
		b.WriteString("form")
		if r.Ask.Requester.ID != anna.ID {
			b.WriteString(" for " + r.Ask.Requester.No)
		}
		for _, name := range slices.Sorted(maps.Keys(r.Ask.Values)) {
			value := r.Ask.Values[name]
			whole := name == "from_part" && value == "am" || name == "to_part" && value == "pm" || name == "to" && value == r.Ask.Values["from"]
			if !whole && value != "" && name != workflows.ForField {
				b.WriteString(" " + strings.TrimPrefix(value, "2026-"))
			}
		}
		for _, f := range r.Ask.Faults {
			b.WriteString(" !" + f.Field + ":" + strings.TrimPrefix(f.Text, "date."))
		}
		return b.String()
	}
	if r.Form != nil {
		b.WriteString("form of " + string(r.Form.Event))
		for _, name := range slices.Sorted(maps.Keys(r.Form.Values)) {
			b.WriteString(" " + strings.TrimPrefix(r.Form.Values[name], "2026-"))
		}
		for _, f := range r.Faults {
			b.WriteString(" !" + f.Field + ":" + strings.TrimPrefix(f.Text, "date."))
		}
		return b.String()
	}
	if r.Task != nil {
		b.WriteString("task ")
		if r.Task.Owner != anna.ID {
			b.WriteString("for somebody else ")
		}
		return b.String() + strings.TrimPrefix(r.Task.Due.String(), "2026-") + " " + r.Task.Title.En
	}
	if r.Show != "" {
		b.WriteString("card " + strings.TrimPrefix(string(r.Show), "id-") + " ")
	}
	b.WriteString(r.Message.Text)
	for _, item := range r.Message.Items {
		b.WriteString(" | " + strings.TrimSuffix(item.Text+" · "+item.Detail, " · "))
	}
	for _, a := range r.Message.Actions {
		b.WriteString(" [" + a.Args + "]")
	}
	return b.String()
}

// Today is Wednesday, 25 November. A form shows its values in the order of their names: from, item, quantity, reason, to, type.
func TestWhatALineIsFor(t *testing.T) {
	commands, author := newCompany(t)
	const unclear, propose, whose = "I did not understand that as a request", "You can ask for that", "You mention "
	for _, c := range []struct{ line, want string }{
		// Requests.
		{"annual leave next Monday", "form 11-30 annual"},
		{"年假 下周一到周三 回老家", "form 11-30 回老家 12-02 annual"},
		{"tomorrow afternoon dentist", "form 11-26 pm dentist"},
		{"24.12. - 28.12.", "form 12-24 12-28"},
		{"年假 12月25号到27号", "form 12-25 12-27 annual"},
		{"24.-28.12.", "form 12-24 12-28"},
		{"annual leave 24.12 - 28.12 family", "form 12-24 family 12-28 annual"},
		{"年假 12.24-12.28 回老家", "form 12-24 回老家 12-28 annual"},
		{"下个月5号请假", "form 12-05"},
		{"下周一和周二休年假", "form 11-30 12-01 annual"},
		{"tomorrow from noon", "form 11-26 pm"},
		{"明天中午起请假", "form 11-26 pm"},
		{"hi, I would like to apply for annual leave tomorrow, thanks", "form 11-26 annual"},
		{"你好，提交明天的年假申请，谢谢", "form 11-26 annual"},
		{"book next Monday off", "form 11-30"},
		{"sick today, cannot join the meeting", "form 11-25 cannot join the meeting sick"},
		{"annual leave tomorrow, no meeting", "form 11-26 no meeting annual"},
		{"/leave annual 24.12.2026", "form 12-24 annual"},
		{"/leave annual 12/24/2026 28/12/2026 family", "form 12-24 family 12-28 annual"},
		{"/leave annual 24.12", "form 12-24 annual"},
		{"/leave annual 24.12 28.12 family", "form family annual !from:unclear"},
		{"/leave annual 24.12.26 family", "form 12-24 family annual"},
		{"/leave annual 20261224", "form 12-24 annual"},
		{"/leave annual 2026-12-7", "form 12-07 annual"},
		{"/leave annual 2026/12/7", "form 12-07 annual"},
		{"/leave annual tomorrow", "form 11-26 annual"},
		{"/leave 年假 明天", "form 11-26 annual"},
		{"/leave annual 7 Dec", "form 12-07 annual"},
		{"ｌｅａｖｅ annual 7 Dec", "form 12-07 annual"},
		{"two laptops please", "form laptops 2"},
		{"Anna here, sick today", "form 11-25 Anna here sick"},

		// Seen, and not understood.
		{"/leave annual 03/04", "form annual !from:two_ways"},
		{"/leave annual 03/04 family", "form family annual !from:two_ways"},
		{"/leave annual 3.4.2027", "form annual !from:two_ways"},
		{"sick 3.12", "form sick !from:two_ways"},
		{"/leave annual 32.1.2027", "form annual !from:impossible"},
		{"/leave annual from Monday", "form annual !from:no_end"},
		{"/leave annual 30 Feb", "form annual !from:impossible"},
		{"/leave annual before Friday", "form annual !from:unclear"},
		{"/leave 年假 5号", "form annual !from:unclear"},
		{"I need a day off", "form !from:no_start"},
		{"三天年假", "form annual !from:no_start"},
		{"not Monday", "form !from:left_out"},
		{"except Friday", "form !from:left_out"},
		{"annual leave next week except Friday", "form annual !from:left_out"},
		{"除了周五", "form !from:left_out"},
		{"annual leave Monday and Thursday", "form annual !from:several"},
		{"half day tomorrow", "Half of Thu 26 Nov: which half? [leave 2026-11-26 am 2026-11-26 am] [leave 2026-11-26 pm 2026-11-26 pm]"},
		{"明天半天年假", "Half of Thu 26 Nov: which half? [leave annual 2026-11-26 am 2026-11-26 am] [leave annual 2026-11-26 pm 2026-11-26 pm]"},
		{"leave annual 2026-11-26 pm 2026-11-26 pm", "form 11-26 pm annual"},

		// Taken back.
		{"cancel my annual leave next Monday", "card 1 LV-1 is already approved, and approved leave cannot be taken back here"},
		{"下周一的年假不休了", "card 1 LV-1 is already approved"},
		{"cancel my leave on 4 Dec", "card 2 This is the request. Nothing has changed yet"},
		{"取消12月4日的年假", "card 2 This is the request. Nothing has changed yet"},
		{"/leave cancel 4 Dec", "card 2 This is the request."},
		{"undo tomorrow", "You have no open or approved request on Thu 26 Nov"},
		{"明天不请假了", "You have no open or approved request on Thu 26 Nov"},
		{"I don't need Friday 4 December off any more", "card 2 This is the request."},
		{"cancel 30 Nov to 4 Dec", "These could be meant. Nothing has changed yet: open one to withdraw it. | Fri 4 Dec · Annual leave · 1 day · LV-2 · " +
			"Waiting for approval | Mon 30 Nov · Annual leave · 1 day · LV-1"},
		{"withdraw my leave", "card 2 This is your only open request. Nothing has changed yet"},
		{"cancel my laptop request", "card 2 This is your only open request."},
		{"取消显示器申请", "card 2 This is your only open request."},
		{"I changed my mind about Monday", "card 1 LV-1 is already approved"},
		{"cancel 30.11", "card 1 LV-1 is already approved"},
		{"please delete my annual leave on Monday", "card 1 LV-1 is already approved"},
		{"drop my annual leave on 4 Dec", "card 2 This is the request."},
		{"删掉下周一的年假", "card 1 LV-1 is already approved"},
		{"放弃12月4日的年假", "card 2 This is the request."},
		{"cancel my leave on 03/04", "These could be meant. Nothing has changed yet: open one to withdraw it. | Fri 4 Dec · Annual leave · 1 day"},
		{"取消下周末的年假", "These could be meant. Nothing has changed yet"},
		{"撤回我的请假", "card 2 This is your only open request."},
		{"can I cancel my leave on 4 Dec?", "card 2 This is the request."},

		// By number.
		{"LV-1", "card 1 "}, {"lv-1", "card 1 "}, {"ＬＶ－１", "card 1 "}, {"/requests LV-1", "card 1 "}, {"/requests ｌｖ－１", "card 1 "}, {"LV 1", "card 1 "},
		{"withdraw LV-2", "card 2 "}, {"撤回 LV-2", "card 2 "}, {"/withdraw LV-2", "card 2 "},
		{"同意 LV-3", "card 3 "}, {"reject LV-3 too busy", "card 3 "}, {"approve LV-3", "card 3 "}, {"拒绝LV-3，太忙", "card 3 "}, {"what about lv-3?", "card 3 "},
		{"approve LV-2 and LV-3", "These are the requests you mentioned. Nothing has changed: decide or withdraw on the card. | LV-2 | LV-3"},

		// Decided.
		{"approve Tom's leave for Monday", "card 3 This is what Tom Baker asked for. Nothing is decided yet"},
		{"同意 Tom 的请假", "card 3 This is what Tom Baker asked for"},
		{"approve Tom's leave for Friday", "Nothing that Tom Baker asked for is waiting for you"},
		{"拒绝王磊的请假", "Nothing that 王磊 Wang Lei asked for is waiting for you"},
		{"approve everything", "1 request is waiting for you | Tom Baker · Mon 30 Nov · Annual leave · 1 day · LV-3"},

		// Asked about.
		{"Is Tom off next Monday?", "As far as I can tell you, Tom Baker is not away, Mon 30 Nov"},
		{"Is Wang Lei off next Monday?", "Who is away, Mon 30 Nov | 王磊 Wang Lei"},
		{"王磊下周一请假了吗", "Who is away, Mon 30 Nov | 王磊 Wang Lei"},
		{"who is off next week?", "Who is away, Mon 30 Nov – Fri 4 Dec | 王磊 Wang Lei"},
		{"who is off next week", "Who is away, Mon 30 Nov – Fri 4 Dec | 王磊 Wang Lei"},
		{"明天谁请假", "Nobody of your team or your people is away, Thu 26 Nov"},
		{"下周谁不在？", "Who is away, Mon 30 Nov – Fri 4 Dec | 王磊 Wang Lei"},
		{"/away next week", "Who is away, Mon 30 Nov – Fri 4 Dec | 王磊 Wang Lei"},
		{"/away", "Who is away, Wed 25 Nov – Tue 1 Dec | 王磊 Wang Lei"},
		{"who is off on 03/04?", "I did not understand “03/04” as days"}, {"Is Tom off on 30 Feb?", "I did not understand “30 Feb” as days"},
		{"who is off this week?", "Who is away, Wed 25 Nov – Tue 1 Dec"}, {"今天有几个人请假", "Nobody of your team or your people is away, Wed 25 Nov"},
		{"/away soon", "I did not understand “soon” as days"},
		{"am I off next Monday?", "What you have asked for on these days | Mon 30 Nov · Annual leave · 1 day · LV-1"},
		{"Am I off tomorrow?", "You have no open or approved request on Thu 26 Nov"},
		{"还剩多少年假？", "Nothing has been granted"},
		{"how many days do I have left?", "Nothing has been granted"},
		{"what is my balance", "Nothing has been granted"}, {"my balance", "Nothing has been granted"}, {"remaining leave", "Nothing has been granted"},
		{"年假余额", "Nothing has been granted"}, {"我有几天年假", "Nothing has been granted"}, {"我的余额", "Nothing has been granted"},
		{"Tom's balance", "Nothing has been granted to E003 Tom Baker yet"}, {"Tom 的余额", "Nothing has been granted to E003 Tom Baker yet"},
		{"is my leave approved?", "Your requests, the newest first | Fri 4 Dec · Annual leave · 1 day · LV-2"},
		{"我的申请批了吗", "Your requests, the newest first | Fri 4 Dec · Annual leave · 1 day · LV-2"},
		{"is it raining tomorrow?", unclear},
		{"why?", unclear},
		{"什么是年假", unclear}, {"is anybody off", "Who is away, Wed 25 Nov"},

		// Asked for as a question: a form, once they say so.
		{"can I take Friday off?", propose}, {"Could I have a laptop?", propose}, {"明天可以请假吗", propose}, {"may I have next Monday off please", propose},

		// Somebody else's.
		{"sick leave for Tom today", "form for E003 11-25 sick"},
		{"@Tom Baker 年假 12月29日", "form for E003 12-29 annual"},
		{"Tom 年假 12月28日", "form for E003 12-28 annual"},
		{"Tom Baker is sick today", "form for E003 11-25 sick"},
		{"帮 Tom Baker 请病假 今天", "form for E003 11-25 sick"},
		{"帮王磊请明天的年假", "form for E013 11-26 annual"},
		{"王磊明天请年假", "form for E013 11-26 annual"},
		{"book Tom's annual leave for Monday", "form for E003 11-30 annual"},
		{"please file sick leave for Tom Baker today", "form for E003 11-25 sick"},
		{"annual leave for Tom and Wang Lei tomorrow", "A request is for one person. Ask for Tom and for Wang Lei one after the other."},
		{"Tom和王磊明天请年假", "A request is for one person. Ask for Tom and for 王磊 one after the other."},
		{"annual leave for E003 tomorrow", "form for E003 11-26 annual"},
		{"tom annual leave tomorrow", "form for E003 11-26 annual"},
		{"/leave annual tomorrow my duties go to Tom Baker", "form 11-26 my duties go to Tom Baker annual"},
		{"/leave annual tomorrow Tom Baker", "You mention Tom Baker. Is this for Tom Baker, or for you?"},
		{"/leave for Tom annual tomorrow", "form for E003 11-26 annual"},
		{"/leave @Tom Baker annual tomorrow", "form for E003 11-26 annual"},
		{"annual leave tomorrow on behalf of Nobody Known", "refused person.not_found"},
		{"帮某某请年假 明天", "refused person.not_found"},
		{"annual leave tomorrow, dinner with Tom", whose},
		{"annual leave for my colleague tomorrow", "You mention my colleague. Is this for my colleague, or for you?"},
		{"我同事明天请年假", "You mention 我同事. Is this for 我同事, or for you?"},
		{"leave for my colleague annual tomorrow", "refused person.not_found"},
		{"leave for me annual leave for my colleague tomorrow", "form 11-26 my colleague annual"},
		{"annual leave tomorrow, dinner with my boss", "form 11-26 dinner with my boss annual"},
		{"明天年假，和王磊吃饭", whose},
		{"leave for me annual leave tomorrow, dinner with Tom", "form 11-26 dinner with Tom annual"},
		{"帮我请明天的年假", "form 11-26 annual"},
		{"annual leave tomorrow for family", "form 11-26 family annual"},
		{"Tom is nice", unclear},

		// What somebody wants to be reminded of is a task, for themselves or for one of their people.
		{"please remind me to call the customer about the offer tomorrow afternoon", "task 11-26 call the customer about the offer"},
		{"提醒我周五给华新打电话", "task 11-27 给华新打电话"}, {"remind Tom to update the CRM on Friday", "task for somebody else 11-27 update the CRM"},
		{"remind me to send the annual leave list on Friday", "task 11-27 send the annual leave list"},
		{"remind Nobody Known to call", "refused person.not_found"}, {"remind me to call Huaxin on 03/04", "form of add_task call Huaxin !due:two_ways"},
		{"/tasks call Huaxin on Friday", "form of add_task 11-27 call Huaxin"}, {"/tasks add", "form of add_task"},

		// Work, and nothing that can be asked for.
		{"WFH tomorrow", unclear}, {"在家办公", unclear}, {"明天在家办公", unclear}, {"working from home on Friday", unclear}, {"team meeting tomorrow", unclear},
		{"kick off the project tomorrow", unclear}, {"明天下午开会", unclear}, {"I will ship the samples on Friday", unclear}, {"明天出差", unclear},
		{"hello there", unclear}, {"", unclear}, {"the price was 24.12", unclear},
		{"the customer wants us to come and look at the new samples tomorrow", unclear},
	} {
		typed := bot.ReadTyped(c.line)
		got, err := commands.Run(t.Context(), author, typed)
		have := outcome(got)
		if refusal, ok := errors.AsType[*workflows.Error](err); ok {
			have = "refused " + refusal.Text
		} else if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if c.want == "" || !strings.HasPrefix(have, c.want) || strings.HasPrefix(c.want, "form") && have != c.want {
			t.Errorf("%q comes to\n\t%s, want\n\t%s", c.line, have, c.want)
		}
	}
}

func newCompany(t *testing.T) (*command.Commands, command.Author) {
	t.Helper()
	words, o := openTexts(t), company{office{kinds: policy.Default().Kinds()}}
	return command.New(o, o, words, func() {}), command.Author{Person: anna, Print: words.For("en", "UTC", o.Now())}
}

// fragments are what lines are made of, at random.
var fragments = []string{"annual leave", "年假", "sick", "病假", "leave", "请假", "tomorrow", "明天", "next Monday", "下周一", "24.12.", "3 Dec", "half day", "半天", "off", "休",
	"dentist", "回老家", "family", "please", "two laptops", "2 台显示器", "I need", "我想", ",", "，", "for", "and", "和", "from", "not", "03/04", "LV-2", "leave annual"}

// Whatever else stands in a line, a question mark, a word that takes back or a name in it keep it from opening its author's own form.
func TestNoSuchLineOpensOnesOwnForm(t *testing.T) {
	commands, author := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(fragments), 1, 6).Draw(t, "parts")
		sign := rapid.SampledFrom([]string{"?", "？", "delete", "删除", "放弃", "cancel", "undo", "withdraw", "don't need", "取消", "不休了", "撤回", "approve", "拒绝", "Tom", "Tom Baker", "@Tom", "王磊", "e003"}).Draw(t, "sign")
		at := rapid.IntRange(0, len(parts)).Draw(t, "at")
		line := strings.Join(slices.Insert(slices.Clone(parts), at, sign), " ")
		typed := bot.Said{Text: line}
		got, err := commands.Run(context.Background(), author, typed)
		if _, refused := errors.AsType[*workflows.Error](err); err != nil && !refused {
			t.Fatalf("%q: %v", line, err)
		}
		if got.Ask != nil && got.Ask.Requester.ID == anna.ID {
			t.Fatalf("%q opens %s", line, outcome(got))
		}
		for _, a := range got.Message.Actions {
			if a.Name != bot.CommandAction {
				t.Fatalf("%q offers %+v", line, a)
			}
		}
	})
}

// A date means the same in a sentence and behind a command, however it is written.
func TestADateIsReadTheSameEverywhere(t *testing.T) {
	commands, author := newCompany(t)
	for want, spellings := range map[string][]string{
		"2026-12-07": {"2026-12-07", "2026-12-7", "2026/12/7", "2026.12.7", "7 Dec", "Dec 7", "7 December 2026", "the 7th of December", "12月7日", "十二月七号", "２０２６－１２－７",
			"2026年12月7日", "下下周一"},
		"2026-11-26": {"tomorrow", "明天", "Thursday", "周四", "this Thursday", "26.11.2026", "11/26/2026", "26/11", "26.11.", "in 1 day", "１１月２６日"},
	} {
		for _, spelling := range spellings {
			for _, line := range []string{"annual leave " + spelling, "年假 " + spelling, "/leave annual " + spelling, "leave annual " + spelling, "/leave " + spelling + " annual"} {
				got, err := commands.Run(t.Context(), author, bot.ReadTyped(line))
				if err != nil || got.Ask == nil || got.Ask.Values["from"] != want || got.Ask.Values["reason"] != "" || len(got.Ask.Faults) > 0 {
					t.Errorf("%q comes to %s, %v; want %s", line, outcome(got), err, want)
				}
			}
		}
	}
}

package task_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// labels are those of a view's rows, for comparing.
func labels(v workflows.View) []string {
	var list []string
	for _, r := range v.Rows {
		list = append(list, r.Label)
	}
	return list
}

func events(v workflows.View) []workflows.Event {
	var list []workflows.Event
	for _, o := range v.Offers {
		list = append(list, o.Event)
	}
	return list
}

// Everybody to whom a task is something sees what they can do about it; to strangers there is none.
func TestWhatEachSeesOfATask(t *testing.T) {
	tk := mine("2026-03-04")
	tk.By, tk.Note = kai, workflows.Said("ask for Ms Li")
	for _, test := range []struct {
		name   string
		by     workflows.PersonID
		offers []workflows.Event
		rows   []string
		of     string
	}{
		{"the owner", tom, []workflows.Event{task.Done, task.NotDone, task.Snooze, task.HandOver}, []string{"task.label.note", "task.label.by"}, ""},
		{"who added it", kai, []workflows.Event{task.HandOver}, []string{"task.label.note"}, "Tom Baker"},
		{"hr", mei, []workflows.Event{task.HandOver}, []string{"task.label.note", "task.label.by"}, "Tom Baker"},
	} {
		c := newCompany("2026-03-03 10:00")
		v, ok := tk.View(c.actor(test.by), c.facts())
		if !ok || !slices.Equal(events(v), test.offers) || !slices.Equal(labels(v), test.rows) || v.Of != test.of {
			t.Errorf("%s: offers %v, rows %v, of %q", test.name, events(v), labels(v), v.Of)
		}
	}
	c := newCompany("2026-03-03 10:00")
	for _, by := range people(lin, ivo, ada, bob) {
		if v, ok := tk.View(c.actor(by), c.facts()); ok {
			t.Errorf("%d sees %+v", by, v)
		}
	}
}

// The status says when it is due, that it is late or due today at the owner's place, and how it ended.
func TestStatusOfATask(t *testing.T) {
	for _, test := range []struct {
		now, zone string
		state     workflows.State
		text      string
		tone      workflows.Tone
	}{
		{"2026-03-03 10:00", "Asia/Shanghai", task.StateOpen, "task.status.open", workflows.Wait},
		{"2026-03-04 10:00", "Asia/Shanghai", task.StateOpen, "task.status.today", workflows.Wait},
		{"2026-03-05 10:00", "Asia/Shanghai", task.StateOpen, "task.status.late", workflows.Warn},
		{"2026-03-05 10:00", "America/New_York", task.StateOpen, "task.status.today", workflows.Wait},
		{"2026-03-05 10:00", "Asia/Shanghai", task.StateDone, "task.status.done", workflows.Good},
		{"2026-03-05 10:00", "Asia/Shanghai", task.StateNotDone, "task.status.not_done", workflows.Bad},
		{"2026-03-05 10:00", "Asia/Shanghai", task.StateSkipped, "task.status.skipped", workflows.Quiet},
	} {
		c := newCompany(test.now)
		c.people[tom].Zone = test.zone
		tk := mine("2026-03-04")
		tk.State = test.state
		if v, _ := tk.View(c.actor(tom), c.facts()); v.Status.Text != test.text || v.Status.Tone != test.tone {
			t.Errorf("%s at %s in %s: %+v", test.state, test.now, test.zone, v.Status)
		}
	}
}

// I12: what somebody typed stays what it is on every way: markup, mentions, templates and addresses are data, and lead nowhere.
func TestTypedTitleStaysData_I12(t *testing.T) {
	const nasty = `<!channel> <@U123> <https://evil.example|Approve> *b* [x](https://evil.example) {{.Number}} '; DROP TABLE tasks; -- =1+1 ` + "\u202e"
	title := strings.TrimSpace(nasty)
	c := newCompany("2026-03-04 08:00")
	tk, o := add(t, c, kai, task.Task{Title: workflows.Said(title), Note: workflows.Said(title), Owner: tom, Due: on("2026-03-04")})
	if tk.Title != workflows.Said(title) || !tk.Title.Typed() || o.Told.Args["Title"] != workflows.Said(title) {
		t.Errorf("kept as %q, told as %v", tk.Title.En, o.Told.Args["Title"])
	}
	c.now = at("Asia/Shanghai", "2026-03-04 09:00")
	after, o := do(t, c, tk, clock, workflows.Act{Event: task.Remind})
	if len(o.Notices) != 1 || o.Notices[0].Args["Title"] != workflows.Said(title) {
		t.Errorf("the reminder says %+v", o.Notices)
	}
	after, o = do(t, c, after, tom, workflows.Act{Event: task.NotDone, Form: workflows.Form{"comment": title}})
	if after.Reason != title || o.Notices[0].Args["Reason"] != title {
		t.Errorf("the reason is %q, told as %v", after.Reason, o.Notices[0].Args)
	}
	v, _ := after.View(c.actor(tom), c.facts())
	quote := 0
	for _, row := range append(slices.Clone(v.Rows), v.Title, v.Gist) {
		if row.Link != "" {
			t.Errorf("%s leads to %s", row.Label, row.Link)
		}
		if row.Args["Text"] == title && row.Text == "text.quote" {
			quote++
		}
	}
	if quote != 4 { // title, gist, note, reason
		t.Errorf("the title stands as it is in %d places: %+v", quote, v)
	}
	var told map[string]any
	if err := json.Unmarshal(o.Audit.Values.Other, &told); err != nil || told["reason"] != title {
		t.Errorf("the audit tells %v (%v)", told, err)
	}
}

// A link is the company's own: it stands in a row of its own and leads there.
func TestLinkOfATask(t *testing.T) {
	c := newCompany("2026-03-04 08:00")
	tk := given("2026-03-04")
	tk.Link, tk.HandIn = "https://wiki.example.com/handbook", true
	tk.Checklist = []task.Check{{Text: workflows.Said("one"), Done: true}, {Text: workflows.Said("two")}}
	v, _ := tk.View(c.actor(tom), c.facts())
	if want := []string{"task.label.link", "task.label.checklist", "", "task.label.hand_in"}; !slices.Equal(labels(v), want) {
		t.Fatalf("rows %v", labels(v))
	}
	if v.Rows[0].Link != tk.Link || v.Rows[1].Args["Done"] != true || v.Rows[2].Args["Done"] != false {
		t.Errorf("rows %+v", v.Rows)
	}
	if !slices.Equal(events(v), []workflows.Event{task.HandIn, task.Tick, task.NotDone, task.Snooze, task.HandOver}) {
		t.Errorf("offers %v", events(v))
	}
	v, _ = tk.View(c.actor(mei), c.facts())
	if v.Rows[0].Label != "task.label.about" || v.Rows[0].Args["Text"] != "Tom Baker" {
		t.Errorf("hr sees for whom it is: %+v", v.Rows[0])
	}
}

// Who stands in learns why: no chat reaches the owner, or they are away.
func TestStandInSeesWhy(t *testing.T) {
	for _, reached := range []bool{true, false} {
		c := newCompany("2026-03-04 08:00").away(tom)
		if !reached {
			c.unreached(tom)
		}
		v, ok := given("2026-03-04").View(c.actor(lin), c.facts())
		i := slices.Index(labels(v), "task.label.stand_in")
		if !ok || i < 0 || v.Rows[i].Args["Reached"] != reached || v.Rows[i].Args["Owner"] != "Tom Baker" || v.Relation != task.ToStandIn {
			t.Errorf("reached %v: %+v", reached, v)
		}
	}
}

// I15: of a task whose words are erased nothing is shown, and nothing is offered.
func TestViewOfAnErasedTask_I15(t *testing.T) {
	c := newCompany("2026-03-04 08:00")
	tk := mine("2026-03-04")
	tk.Erased, tk.Note = true, workflows.Said("secret")
	v, ok := tk.View(c.actor(tom), c.facts())
	if !ok || len(v.Rows) > 0 || len(v.Offers) > 0 || v.Title.Text != "request.erased_title" || v.Gist.Text != "request.erased_title" {
		t.Errorf("%+v", v)
	}
}

// Whoever is told of a task can look at it: a reminder goes out only to whom its card would show something, and a mentor who hears of a file
// wants to see it.
func TestWhoIsToldCanSeeTheTask(t *testing.T) {
	c := newCompany("2026-03-09 09:00") // Tom is here: his mentor Lin does not stand in
	c.file(fileOne, tom)
	tk := given("2026-03-02")
	for _, test := range []struct {
		text string
		by   workflows.PersonID
		act  workflows.Act
	}{
		{"notice.task_overdue", clock, workflows.Act{Event: task.Remind, Slot: task.SlotTell}},
		{"notice.task_not_done", tom, press(task.NotDone)},
		{"notice.task_handed_in", tom, press(task.HandIn)},
	} {
		tk.HandIn = test.act.Event == task.HandIn
		after, o := do(t, c, tk, test.by, test.act)
		same(t, test.text, told(o, test.text), people(lin))
		if _, ok := after.View(c.actor(lin), c.facts()); !ok {
			t.Errorf("Lin is told %s, and to her there is no such task", test.text)
		}
	}
}

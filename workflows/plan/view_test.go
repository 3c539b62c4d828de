package plan_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

func (r *run) view(by workflows.PersonID) workflows.View {
	r.t.Helper()
	v, ok := r.s.View(r.p, r.actor(by), r.facts(by))
	if !ok {
		r.t.Fatalf("to %d there is no plan", by)
	}
	return v
}

func offered(v workflows.View) []workflows.Event {
	var list []workflows.Event
	for _, o := range v.Offers {
		list = append(list, o.Event)
	}
	return list
}

func labels(v workflows.View) []string {
	var list []string
	for _, row := range v.Rows {
		list = append(list, row.Label)
	}
	return list
}

// I3: to whoever the plan is nothing to there is none; everybody else is something to it.
func TestRelations_I3(t *testing.T) {
	r := inOne(t)
	want := map[workflows.PersonID]workflows.Relation{nia: plan.ToNewcomer, lin: plan.ToMentor, kai: plan.ToManager, wei: plan.ToManager,
		mei: workflows.ToHR, han: workflows.ToHR, ian: plan.ToIT, ira: plan.ToIT}
	for _, by := range everybody {
		v, ok := r.s.View(r.p, r.actor(by), r.facts(by))
		if v.Relation != want[by] || ok != (want[by] != "") {
			t.Errorf("to %d it is %q", by, v.Relation)
		}
		if !ok && !reflect.DeepEqual(v, workflows.View{}) {
			t.Errorf("%d is a stranger and sees %+v", by, v)
		}
		if ok && (by == nia) != (v.Of == "") {
			t.Errorf("%d sees that it is of %q", by, v.Of)
		}
	}
	notFound := workflows.Error{Code: workflows.NotFound, Text: "plan.not_found"}
	for _, by := range []workflows.PersonID{ada, tom, ivo, bob} {
		for _, event := range plan.Events() {
			r.refused(by, event, workflows.Form{"verdict": "yes", "comment": "x", "rating": "5"}, notFound)
			if _, err := r.s.Asking(r.p, event, r.actor(by), r.facts(by)); err == nil {
				t.Errorf("%d is shown the form of %s", by, event)
			}
		}
	}
	for _, a := range []workflows.Actor{workflows.OperatorActor("root"), workflows.ClockActor(), {}} {
		if v, ok := r.s.View(r.p, a, r.facts(clock)); ok {
			t.Errorf("%s sees %+v", a.Name(), v)
		}
	}
}

// Whoever asked for the plan sees how it goes, also when they lead the new hire no more, and can do nothing to it.
func TestWhoAskedSeesThePlan(t *testing.T) {
	p := planned("2026-03-09")
	p.By = ivo
	r := beginAs(t, newCompany("2026-03-04 10:00"), small(), p)
	r.same("cards of the new plan", r.cards(), kai, nia, lin, ivo)
	r.to("2026-03-13 18:00")
	r.state("one_decision")
	if v := r.view(ivo); len(v.Rows) == 0 || len(v.Offers) > 0 || !slices.Equal(labels(v), labels(r.view(wei))) {
		t.Errorf("%+v", v)
	}
	r.refused(ivo, plan.Close, workflows.Form{"comment": "x"}, workflows.Error{Code: workflows.NotYours, Text: "plan.not_yours"})
}

// Each sees the buttons of what they can do now, and no other.
func TestOffers(t *testing.T) {
	expect := func(what string, r *run, want map[workflows.PersonID][]workflows.Event) {
		t.Helper()
		for _, by := range []workflows.PersonID{nia, lin, kai, wei, mei, han, ian} {
			if got := offered(r.view(by)); !slices.Equal(got, want[by]) {
				t.Errorf("%s: %d is offered %v, want %v", what, by, got, want[by])
			}
		}
	}
	hr := []workflows.Event{plan.Close}
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	expect("before day 1", r, map[workflows.PersonID][]workflows.Event{mei: hr, han: hr})
	r.to("2026-03-09 10:00")
	expect("in phase one", r, map[workflows.PersonID][]workflows.Event{nia: {plan.BeginTest}, lin: {plan.SignOff}, mei: hr, han: hr})
	r.passTest()
	r.signOff(lin)
	expect("when all is there", r, map[workflows.PersonID][]workflows.Event{mei: hr, han: hr})
	r.to("2026-03-11 18:00")
	expect("in phase two, asked", r, map[workflows.PersonID][]workflows.Event{nia: {plan.Feedback}, kai: {plan.SignOff}, mei: hr, han: hr})
	r.to("2026-03-13 18:00")
	r.press(nia, plan.Feedback, workflows.Form{"rating": "4"})
	r.press(nia, plan.Feedback, workflows.Form{"rating": "4"})
	expect("while the manager decides", r, map[workflows.PersonID][]workflows.Event{kai: {plan.Pass, plan.Extend, plan.Fail}, mei: hr, han: hr})
	r.press(kai, plan.Pass, nil)
	expect("when it is over", r, nil)
}

// A form opens where something has to be brought: pass and extend bring nothing.
func TestWhatOpensAForm(t *testing.T) {
	for _, r := range []*run{inOne(t), deciding(t)} {
		for _, by := range []workflows.PersonID{nia, lin, kai, mei} {
			for _, o := range r.view(by).Offers {
				a, err := r.s.Asking(r.p, o.Event, r.actor(by), r.facts(by))
				switch opens := o.Event != plan.Pass && o.Event != plan.Extend; {
				case o.Opens != opens:
					t.Errorf("%s: a form opens: %v", o.Event, o.Opens)
				case opens && (err != nil || len(a.Fields) == 0 || a.Event != o.Event || a.Kind != plan.Kind):
					t.Errorf("%s by %d asks for %+v, %v", o.Event, by, a, err)
				}
			}
		}
	}
}

// IT sees what IT has to do, and nothing of how the new hire does.
func TestWhatITSees(t *testing.T) {
	s := small()
	s.Template.Phases[0].Tasks = append(s.Template.Phases[0].Tasks, plan.Item{Code: "vpn", Day: 2, Owner: plan.IT, Title: words("VPN")})
	r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
	r.to("2026-03-10 10:00")
	r.press(nia, plan.BeginTest, r.answers(3))
	r.press(lin, plan.SignOff, workflows.Form{"verdict": "no", "comment": "knows no prices"})
	r.to("2026-03-11 10:00")
	r.press(nia, plan.Feedback, workflows.Form{"rating": "1", "words": "nobody has time"})
	r.tasks[slices.IndexFunc(r.tasks, func(g plan.Given) bool { return g.Item == "laptop" })].State = task.StateDone
	v := r.view(ian)
	if want := []string{"plan.label.start", "plan.label.mentor", "plan.label.manager", "plan.label.tasks", ""}; !slices.Equal(labels(v), want) {
		t.Errorf("the rows are %v", labels(v))
	}
	var titles []string
	for _, row := range v.Rows[3:] {
		titles = append(titles, row.Args["Title"].(workflows.Words).En)
		if row.Args["Done"] != (row.Args["Title"] == words("Laptop")) {
			t.Errorf("%v", row.Args)
		}
	}
	if !slices.Equal(titles, []string{"Laptop", "VPN"}) || len(v.Offers) > 0 {
		t.Errorf("tasks %v, offers %v", titles, v.Offers)
	}
	body, err := json.Marshal(v.Rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Guide", "Talk", "Visit", "Desk", "prices", "nobody has time", "Score"} {
		if strings.Contains(string(body), secret) {
			t.Errorf("IT reads %q: %s", secret, body)
		}
	}
}

// A row for each phase says how many of its tasks are done and late, what its gate lacks, and which are passed; what is late and whose it is
// stands on the cards of all but the new hire.
func TestProgress(t *testing.T) {
	r := inOne(t)
	r.to("2026-03-11 19:00") // the phase is extended
	r.press(nia, plan.BeginTest, r.answers(2))
	r.press(lin, plan.SignOff, workflows.Form{"verdict": "no", "comment": "knows no prices"})
	r.to("2026-03-12 10:00")
	for i, g := range r.tasks {
		if g.Item == "guide" || g.Item == "laptop" {
			r.tasks[i].State = task.StateDone
		}
	}
	v := r.view(kai)
	want := []string{"plan.label.start", "plan.label.mentor", "plan.label.manager", "plan.label.before", "plan.label.progress", "", "plan.label.gate",
		"plan.label.refused", "plan.label.late", ""}
	if !slices.Equal(labels(v), want) {
		t.Fatalf("the rows are %v", labels(v))
	}
	for i, args := range map[int]workflows.Args{
		3: {"Done": 1, "All": 2, "Late": 1, "Bar": "█████░░░░░"},
		4: {"Done": 1, "All": 2, "Late": 1, "Score": 33, "Scored": true, "Tested": false, "Signed": false, "Extended": true, "Passed": false, "Bar": "█████░░░░░"},
		5: {"Done": 0, "All": 2, "Late": 0, "Scored": false, "Passed": false, "Bar": "░░░░░░░░░░"},
		6: {"Date": "2026-03-13", "Tested": false, "Signed": false, "Score": 33},
		7: {"Text": "knows no prices"},
		8: {"Title": words("Desk"), "Owner": "Mei Li", "Due": "2026-03-06"},
		9: {"Title": words("Talk"), "Owner": "Lin Lin", "Due": "2026-03-10"},
	} {
		for name, value := range args {
			if v.Rows[i].Args[name] != value {
				t.Errorf("row %d: %s is %v, want %v", i, name, v.Rows[i].Args[name], value)
			}
		}
	}
	if v.Status.Text != "plan.status.extended" || v.Status.Args["Day"] != 4 || v.Status.Args["Of"] != 7 {
		t.Errorf("the status is %+v", v.Status)
	}
	if got := labels(r.view(nia)); !slices.Equal(got, []string{"plan.label.start", "plan.label.mentor", "plan.label.manager", "plan.label.progress", "",
		"plan.label.gate", "plan.label.refused"}) {
		t.Errorf("the new hire sees %v", got)
	}
	l := r.s.Listed(r.p, r.facts(mei))
	if l.Newcomer != "Nia Okoro" || l.Done != 2 || l.All != 6 || l.Late != 2 || l.Number != "TP-1" {
		t.Errorf("in a list it is %+v", l)
	}
}

// Of what is late a card names five, and counts the rest.
func TestManyLateTasks(t *testing.T) {
	r := begin(t, newCompany("2026-03-04 10:00"), daily(10), "2026-03-09")
	r.to("2026-03-31 10:00")
	v := r.view(lin)
	var late []workflows.Row
	for _, row := range v.Rows {
		if row.Text == "plan.late" || row.Text == "plan.late_more" {
			late = append(late, row)
		}
	}
	if len(late) != 6 || late[5].Text != "plan.late_more" || late[5].Args["Count"] != 15 { // of 20
		t.Errorf("late are %+v", late)
	}
}

// The status says where the plan stands.
func TestStatusOfAPlan(t *testing.T) {
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	expect := func(text string, tone workflows.Tone) {
		t.Helper()
		if s := r.view(nia).Status; s.Text != text || s.Tone != tone {
			t.Errorf("at %s the status is %+v, want %s", r.now, s, text)
		}
	}
	expect("plan.status.preparing", workflows.Quiet)
	r.to("2026-03-09 10:00")
	expect("plan.status.phase", workflows.Wait)
	r.to("2026-03-12 10:00")
	expect("plan.status.extended", workflows.Warn)
	r.to("2026-03-14 10:00")
	expect("plan.status.decision", workflows.Warn)
	r.press(kai, plan.Fail, workflows.Form{"comment": "sold nothing"})
	expect("plan.status.failed", workflows.Bad)
	if v := r.view(nia); v.Status.Args["On"] != "2026-03-14" || !slices.Contains(labels(v), "plan.label.reason") || slices.Contains(labels(v), "plan.label.gate") {
		t.Errorf("%+v", v)
	}
}

// I12: what people type into a plan stays data: a reason, an answer, why it was not signed off.
func TestTypedWordsStayData_I12(t *testing.T) {
	const nasty = `<!channel> <https://evil.example|Approve> *b* {{.Number}} '; DROP TABLE plans; -- "}` + "\u202e" + `x`
	r := inOne(t)
	r.press(lin, plan.SignOff, workflows.Form{"verdict": "no", "comment": nasty})
	r.to("2026-03-11 10:00")
	r.press(nia, plan.Feedback, workflows.Form{"rating": "3", "words": nasty})
	quoted := 0
	for _, row := range r.view(mei).Rows {
		if row.Link != "" {
			t.Errorf("%s leads to %s", row.Label, row.Link)
		}
		if row.Args["Text"] == nasty || row.Args["Words"] == nasty {
			quoted++
		}
	}
	r.press(mei, plan.Close, workflows.Form{"comment": nasty})
	if quoted != 2 || r.p.Reason != nasty {
		t.Errorf("it stands in %d places, the reason is %q", quoted, r.p.Reason)
	}
}

// I15: of a plan whose words are erased nothing is shown, and nothing can be done.
func TestErasedPlan_I15(t *testing.T) {
	r := inOne(t)
	r.p.Erased = true
	v := r.view(lin)
	if len(v.Rows) > 0 || len(v.Offers) > 0 || v.Title.Text != "request.erased_title" {
		t.Errorf("%+v", v)
	}
	r.refused(lin, plan.SignOff, workflows.Form{"verdict": "yes"}, workflows.Error{Code: workflows.NotNow, Text: "request.erased"})
}

// A bar has ten signs, and is full only when all is done.
func TestBar(t *testing.T) {
	for _, test := range []struct {
		done, all int
		want      string
	}{{0, 0, "░░░░░░░░░░"}, {0, 5, "░░░░░░░░░░"}, {1, 3, "███░░░░░░░"}, {99, 100, "█████████░"}, {4, 4, "██████████"}} {
		if got := plan.Bar(test.done, test.all); got != test.want {
			t.Errorf("%d of %d: %s, want %s", test.done, test.all, got, test.want)
		}
	}
}

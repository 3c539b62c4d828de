package promises

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/workflows"
)

// fill opens tom's leave form, fills in a reason and sends it; faults are what the form says if it is refused.
func (c *company) fill(day, reason string) (faults map[string]string) {
	c.Helper()
	c.must(c.chat.Type(c.Context(), "tom", "/leave personal "+day))
	c.must(c.chat.Change(c.Context(), "tom", map[string]string{"reason": reason}))
	c.must(c.chat.Send(c.Context(), "tom", 1))
	c.settle()
	if form := c.screen("tom").Form; form != nil {
		c.must(c.chat.Type(c.Context(), "tom", "/cancel"))
		return form.Faults
	}
	return nil
}

// I12: tom gives as his reason what people type to make trouble: markup of every platform, formulas, SQL, templates. It is stored and shown as he typed
// it, on the cards of both, in the rejection that quotes it, in the lists; none of it is ever worked out.
func TestI12HostileReasons(t *testing.T) {
	c := open(t)
	reasons := append([]string{`{{printf "%s" .Number}}`, `{{define "x"}}{{end}}{{template "x"}}`, "%!s(MISSING) %d", `$(reboot) ` + "`reboot`", "[[.Number]]", "<%= 1+1 %>"}, bottest.Hostile...)
	for i, reason := range reasons {
		if faults := c.fill(day(i), reason); faults != nil {
			t.Errorf("%q was refused: %v", reason, faults)
			continue
		}
		number := fmt.Sprintf("LV-%d", i+1)
		for _, user := range []string{"tom", "zhou"} {
			if card := c.card(user, number); !strings.Contains(card.Text, reason) {
				t.Errorf("%q is read by %s as\n%s", reason, user, card.Text)
			}
		}
		c.decide("zhou", number, "reject", reason)
		if !c.screen("tom").Says("“" + reason + "”") {
			t.Errorf("the rejection quotes %q as\n%s", reason, c.screen("tom"))
		}
		if stored := value[string](c, "SELECT r.form ->> 'reason' FROM requests r JOIN subjects s ON s.id = r.id WHERE s.number = $1", number); stored != reason {
			t.Errorf("%q is stored as %q", reason, stored)
		}
	}
}

// I12: what would turn, hide or break the text around it is shown as an escape. The approver sees that something is there.
func TestI12InvisibleReasons(t *testing.T) {
	c := open(t)
	for i, test := range []struct{ reason, shown string }{
		{"pay \u202Eevil\u202C", `pay \u202Eevil\u202C`},
		{"zero\u200Bwidth", `zero\u200Bwidth`},
		{"isolate\u2066x\u2069", `isolate\u2066x\u2069`},
		{"tag\U000E0041", `tag\U000E0041`},
		{"bell\a", `bell\u0007`},
		{"👩\u200D💻 works", "👩\u200D💻 works"},
	} {
		if faults := c.fill(day(i), test.reason); faults != nil {
			t.Errorf("%q was refused: %v", test.reason, faults)
			continue
		}
		number := fmt.Sprintf("LV-%d", i+1)
		if card := c.card("zhou", number); !strings.Contains(card.Text, "“"+test.shown) && !strings.Contains(card.Text, test.shown) {
			t.Errorf("%q is shown as\n%s", test.reason, card.Text)
		}
	}
}

// Bad input: what cannot be stored or read is refused with a sentence at its field, and nothing is stored.
func TestI12RefusedReasons(t *testing.T) {
	c := open(t)
	for name, reason := range map[string]string{
		"NUL":                      "a\x00b",
		"invalid UTF-8":            "a\xff\xfeb",
		"half a character":         "家"[:2],
		"nothing visible":          "\u200B\u200B\u2060",
		"10,000 marks":             "e" + strings.Repeat("\u0301", 10000),
		"9 marks":                  "e" + strings.Repeat("\u0301", 9),
		"60 kB":                    strings.Repeat("reason ", 8600),
		"60 kB of four-byte runes": strings.Repeat("😀", 15000),
	} {
		faults := c.fill("2026-12-01", reason)
		if s := faults["reason"]; s == "" || !utf8.ValidString(s) || len(s) > 300 {
			t.Errorf("%s: the field says %q of %v", name, s, faults)
		}
	}
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 0 {
		t.Errorf("%d requests were stored", n)
	}
	if faults := c.fill("2026-12-01", strings.Repeat("家", 2000)); faults != nil {
		t.Errorf("two thousand characters are allowed: %v", faults)
	}
	c.press("zhou", "LV-1", "reject")
	for _, comment := range []string{"", "  ", "a\x00b", "\u200B", strings.Repeat("x", 1001)} {
		c.must(c.chat.Change(t.Context(), "zhou", map[string]string{"comment": comment}))
		c.must(c.chat.Send(t.Context(), "zhou", 1))
		if form := c.screen("zhou").Form; form == nil || form.Faults["comment"] == "" {
			t.Errorf("the comment %.20q is taken", comment)
		}
	}
	c.wantState("LV-1", "pending")
}

// Bad input: dates and choices that are none, in the command and in the form. The fields say what is wrong, shortened where they quote.
func TestI12AbsurdForms(t *testing.T) {
	c := open(t)
	for _, args := range []string{
		"annual 2026-02-29", "annual 0000-01-01", "annual 10000-01-01", "annual 2026-12-03 2026-12-01", "annual 2026-13-45", "annual 9999-12-31",
		"annual 2026-12-05 2026-12-06", "annual 2026-12-01 2036-12-01",
		strings.Repeat("annual ", 9000), "\x00\x01\x02", "\xff\xfe", strings.Repeat("2026-12-01 ", 5000), "annual -1", "{{.}}", strings.Repeat("（", 20000),
	} {
		c.must(c.chat.Type(t.Context(), "tom", "/leave "+args))
		form := c.screen("tom").Form
		if form == nil {
			t.Errorf("%.40q opened no form: %q", args, c.told("tom"))
			continue
		}
		c.must(c.chat.Send(t.Context(), "tom", 1))
		if form = c.screen("tom").Form; form == nil || len(form.Faults) == 0 {
			t.Errorf("%.40q was sent", args)
			continue
		}
		for field, fault := range form.Faults {
			if len(fault) > 400 || !utf8.ValidString(fault) {
				t.Errorf("%.40q: %s says %.200q", args, field, fault)
			}
		}
		c.must(c.chat.Change(t.Context(), "tom", map[string]string{"type": args, "from": args, "to": args, "from_part": args, "to_part": args}))
		c.must(c.chat.Send(t.Context(), "tom", 1))
		c.must(c.chat.Type(t.Context(), "tom", "/cancel"))
	}
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 0 {
		t.Errorf("%d requests were stored", n)
	}
}

// I12: numbers are found however they are typed, and what is no number finds nothing. The answer quotes it harmlessly and briefly.
func TestI12NumbersAsTyped(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01")
	for _, typed := range []string{"lv-1", " LV-1 ", "Lv-1", "ＬＶ－１"} {
		c.must(c.chat.Type(t.Context(), "tom", "/requests "+typed))
		c.wantTold("tom", number)
		c.wantTold("tom", "Annual leave")
	}
	for _, typed := range []string{"LV-2", "LV-999999999999999999999999", "LV-\x00", "\xff\xfe", "LV-1'; DROP TABLE requests; --", strings.Repeat("9", 60000), "{{.Number}}", "\u202ELV-1", "../LV-1", "LV-1 LV-1"} {
		c.must(c.chat.Type(t.Context(), "tom", "/requests "+typed))
		told := c.told("tom")
		if !strings.Contains(told, "There is no request") || len(told) > 400 || !utf8.ValidString(told) || strings.Contains(told, "\u202E") {
			t.Errorf("%.40q: tom was told %.300q", typed, told)
		}
		id := workflows.SubjectID(typed)
		for _, a := range []bot.Action{
			{Name: "approve", Subject: id, Digest: typed}, {Name: "reject", Subject: id, Digest: typed, Opens: true}, {Name: "show", Subject: id, Opens: true},
			{Name: "edit", Subject: id, Digest: typed, Opens: true}, {Name: "approve", Subject: "01890a5d-ac96-774b-bcce-b302099a8057", Digest: typed},
		} {
			c.must(c.chat.PressOld(t.Context(), "zhou", a))
			if told := c.told("zhou"); !strings.Contains(told, "不存在") || len(told) > 400 || !utf8.ValidString(told) {
				t.Errorf("%s %.40q: zhou was told %.300q", a.Name, typed, told)
			}
		}
	}
}

// I12: commands and buttons that do not exist, of any length and content, get a short answer.
func TestI12AbsurdCommands(t *testing.T) {
	c := open(t)
	for _, command := range []string{"/", "", "/x\x00", "/\xff", "/" + strings.Repeat("x", 60000), "/{{.Name}}", "/\u202Evil", "/approvals " + strings.Repeat("y", 60000), "/balance '; --", "/help \x00"} {
		c.must(c.chat.Type(t.Context(), "tom", command))
		if told := c.told("tom"); len(told) > 2000 || !utf8.ValidString(told) || strings.Contains(told, "\u202E") || strings.Contains(told, "Something went wrong") {
			t.Errorf("%.40q: tom was told %.300q", command, told)
		}
	}
	number := c.ask("tom", "annual 2026-12-01")
	id, digest := c.subject(number)
	for _, name := range []string{"", "submit", "approved", "expire", "remind", "reassign", "close", "revive", "relieve", "DROP TABLE", "\x00", strings.Repeat("x", 60000)} {
		c.must(c.chat.PressOld(t.Context(), "zhou", bot.Action{Name: name, Subject: id, Digest: digest}))
		if told := c.told("zhou"); strings.Contains(told, "系统异常") || len(told) > 400 {
			t.Errorf("the button %.40q: zhou was told %.300q", name, told)
		}
	}
	c.wantEvents(number, "submit")
}

// I12: people's names are typed by people as well.
func TestI12HostileNames(t *testing.T) {
	c := open(t)
	for i, name := range append([]string{"Eve \u202Enimda", "Zero\u200BWidth", "{{.Number}}"}, bottest.Hostile...) {
		c.exec("UPDATE people SET name = $1 WHERE employee_no = 'tom'", name)
		c.exec("UPDATE people SET name = $1 WHERE employee_no = 'zhou'", "Z"+name)
		number := c.ask("tom", "personal "+day(i))
		for user, shown := range map[string]string{"zhou": name, "tom": "Z" + name} {
			if card := c.card(user, number); !strings.Contains(card.Text, workflows.Inert(shown)) {
				t.Errorf("%q is read by %s as\n%s", shown, user, card.Text)
			}
		}
		c.press("zhou", number, "approve")
		c.settle()
		if !c.screen("tom").Says("Z" + workflows.Inert(name) + " approved your request: ") {
			t.Errorf("%q told:\n%s", name, c.screen("tom"))
		}
		if s := c.screen("tom").String() + c.screen("zhou").String(); strings.ContainsAny(s, "\u202E\u200B") {
			t.Errorf("%q steers the text", name)
		}
	}
}

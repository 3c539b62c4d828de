package telegram

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

const (
	asking      = "👉 " // before the field that is asked for
	empty       = "—"
	mostName    = 60   // units of a file's name
	mostOptions = 40   // buttons of one question; the rest can be typed
	inline      = 120  // units of a typed text that still stands in its line
	clip        = "📎 " // before a file's name
)

// view is what a form is drawn with.
type view struct {
	say   func(key string, args map[string]any) string
	today workflows.Date
	off   func(from, to workflows.Date) map[workflows.Date]string
}

func (v view) text(key string) string { return v.say(key, nil) }

// drawDialog draws a form as it stands: a question, or the summary.
func (c *Chat) drawDialog(ctx context.Context, r *reply, d *dialog, m month) drawn {
	k := c.reader(ctx, r.in.user, r.in.app)
	v := view{
		say:   func(key string, args map[string]any) string { return c.Words.Say(k.language, key, args) },
		today: workflows.DateOf(c.Now().In(k.person.Location())),
		off: func(from, to workflows.Date) map[workflows.Date]string {
			return c.daysOff(ctx, k, from, to)
		},
	}
	if d.at(d.Field) >= 0 {
		return v.question(d, m)
	}
	return v.summary(d)
}

// daysOff asks for the person's calendar, and does with the weekend when it cannot be had: it only marks days.
func (c *Chat) daysOff(ctx context.Context, k known, from, to workflows.Date) map[workflows.Date]string {
	if c.Days != nil && k.person.ID != 0 {
		off, err := c.Days.DaysOff(ctx, k.person, k.language, from, to)
		if err == nil {
			return off
		}
		c.Log.WarnContext(ctx, "a calendar is drawn without holidays", "error", err)
	}
	off := map[workflows.Date]string{}
	for d := from; !d.After(to); d = d.AddDays(1) {
		if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
			off[d] = ""
		}
	}
	return off
}

func (v view) title(p *page, f bot.Form, step string) {
	frags := []frag{literal("📝 "), bold(cut(f.Title, 200))}
	if step != "" {
		frags = append(frags, literal(" · "+step))
	}
	p.add(true, frags...)
}

// value shows a field's value in words.
func value(f bot.FormField) string {
	if f.Asks == workflows.AskFiles {
		return strings.Join(fileNames(f), " ")
	}
	return chat.Shown(f)
}

func fileNames(f bot.FormField) (names []string) {
	for _, file := range f.Files {
		names = append(names, clip+cut(workflows.Inert(file.Name), mostName))
	}
	return names
}

// filled adds a field with its value.
func filled(p *page, f bot.FormField, room int) {
	shown := value(f)
	label := bold(cut(f.Label, 100))
	switch {
	case shown == "":
		p.add(false, label, literal(": "+empty))
	case strings.Contains(shown, "\n") || units(shown) > inline:
		p.add(false, label, literal(":"))
		p.add(false, quote(inert(cut(shown, room), nil)))
	default:
		p.add(false, label, literal(": "), inert(shown, nil))
	}
	if f.Fault != "" {
		p.add(true, literal(signs[workflows.Warn]), inert(cut(f.Fault, 300), nil))
	}
}

// summary is the last page: everything that was filled in, what would follow, who decides; Submit, a change, Cancel.
func (v view) summary(d *dialog) drawn {
	f := d.Form
	out := drawn{text: fitted(func(room int) *page {
		p := &page{}
		v.title(p, f, "")
		if f.Intro != "" {
			p.add(false, inert(cut(f.Intro, min(room, 600)), nil))
		}
		if f.Fault != "" {
			p.add(true, literal(signs[workflows.Warn]), inert(cut(f.Fault, 300), nil))
		}
		p.gap()
		listed := false
		for _, field := range f.Fields {
			if f.List == nil || field.Line == 0 {
				filled(p, field, room)
			} else if !listed {
				listed = true
				v.lines(p, f, room, true)
			}
		}
		p.gap()
		p.facts(chat.News(f), room)
		if len(f.Steps) > 0 {
			p.gap()
			p.add(false, literal("👥 "), italic(v.text("telegram.who_decides")))
			p.steps(f.Steps)
		}
		return p
	})}
	style := string(workflows.Primary)
	if f.Danger {
		style = string(workflows.Danger)
	}
	out.row(d, key{Text: v.text("telegram.submit"), Style: style}, "send", "", "")
	var edits []key
	for _, field := range f.Fields {
		if f.List != nil && field.Line > 0 { // its line has a button
			continue
		}
		shown := "" // the button says what it changes; long values do not fit and need not
		if len(field.Options) > 0 || field.Asks == workflows.AskDate {
			shown = field.Value
		}
		data, ok := stepData("edit", d.token(), field.Name, shown)
		if !ok {
			data, ok = stepData("edit", d.token(), field.Name, "")
		}
		if !ok {
			out.unfit = append(out.unfit, field.Name)
			continue
		}
		edits = append(edits, key{Text: cut("✏️ "+field.Label, mostKey), Data: data})
	}
	rows := arranged(edits, 2, 40)
	if f.List != nil {
		rows = append(rows, arranged(out.lineKeys(d), 2, 44)...)
	}
	out.keys = append(out.keys, limited(rows)...)
	if f.List != nil && f.List.Add != "" {
		out.row(d, key{Text: "➕ " + f.List.Add}, string(bot.AddLine), "", strconv.Itoa(lastLine(f.List)))
	}
	out.row(d, key{Text: v.text("telegram.cancel")}, "drop", "", "")
	return out
}

// row adds a row of one step.
func (out *drawn) row(d *dialog, k key, step, field, value string) {
	if k, ok := out.stepKey(d, k, step, field, value); ok {
		out.keys = append(out.keys, []key{k})
	}
}

func (out *drawn) stepKey(d *dialog, k key, step, field, value string) (key, bool) {
	data, ok := stepData(step, d.token(), field, value)
	if !ok {
		out.unfit = append(out.unfit, step+" "+field)
		return k, false
	}
	k.Text, k.Data = cut(k.Text, mostKey), data
	return k, true
}

// question asks for one field.
func (v view) question(d *dialog, m month) drawn {
	f := d.Form
	i := d.at(d.Field)
	field := f.Fields[i]
	var out drawn
	calendar := field.Asks == workflows.AskDate
	var holidays []string
	if calendar {
		if m == (month{}) {
			m = v.monthFor(d, i)
		}
		out.keys, holidays = v.calendar(d, field, m)
	}
	out.text = fitted(func(room int) *page {
		p := &page{}
		step := ""
		if n, of := d.place(i); !d.Single && of > 1 {
			step = v.say("telegram.step", map[string]any{"Step": n, "Steps": of})
		}
		v.title(p, f, step)
		if f.Intro != "" {
			p.add(false, inert(cut(f.Intro, min(room, 600)), nil))
		}
		if f.Fault != "" {
			p.add(true, literal(signs[workflows.Warn]), inert(cut(f.Fault, 300), nil))
		}
		p.gap()
		listed := f.List == nil || !begun(f, field)
		for j, before := range f.Fields {
			if f.List != nil && before.Line > 0 {
				if !listed && (j <= i || d.Brief) {
					v.lines(p, f, room, false)
				}
				listed = true
				if field.Line == 0 { // its line says it
					continue
				}
			}
			given := before.Value != "" && (j < i && d.asked(j) || d.Brief)
			if before.Asks == workflows.AskFiles { // they are taken at any time
				given = before.Value != "" || before.Fault != ""
			}
			if given && j != i {
				filled(p, before, min(room, 200))
			}
		}
		p.gap()
		p.add(true, literal(asking), bold(cut(field.Label, 100)))
		if field.Asks == workflows.AskFiles {
			for _, name := range fileNames(field) {
				p.add(false, inert(name, nil))
			}
		} else if len(field.Options) == 0 && field.Value != "" {
			p.add(false, quote(inert(cut(value(field), room), nil)))
		}
		if field.Fault != "" {
			p.add(true, literal(signs[workflows.Warn]), inert(cut(field.Fault, 300), nil))
		}
		if field.Hint != "" {
			p.add(false, inert(cut(field.Hint, 300), nil))
		}
		for _, line := range holidays {
			p.add(false, inert(line, nil))
		}
		help := v.text("telegram.ask.text")
		switch {
		case calendar:
			help = v.text("telegram.ask.date")
		case field.Asks == workflows.AskFiles:
			help = v.say("telegram.ask.files", map[string]any{"Max": cmp.Or(field.Max, workflows.MaxFiles)})
		case len(field.Options) > 0:
			help = v.text("telegram.ask.choice")
		}
		if len(field.Options) > mostOptions {
			help += " " + v.text("telegram.more_choices")
		}
		p.add(true, italic(help))
		if calendar {
			p.add(true, italic(v.text("telegram.calendar.legend")))
		}
		return p
	})
	if !calendar {
		out.choices(d, field)
	}
	out.fileButtons(d, field)
	if list := f.List; list != nil && list.Remove != "" && field.Line > 0 {
		out.row(d, key{Text: "🗑 " + list.Remove}, string(bot.RemoveLine), "", strconv.Itoa(list.Open))
	}
	v.navigation(&out, d, i)
	return out
}

// choices adds a field's options.
func (out *drawn) choices(d *dialog, field bot.FormField) {
	var keys []key
	for n, o := range field.Options {
		if n == mostOptions {
			break
		}
		k := key{Text: o.Label}
		if o.Value == field.Value {
			k.Text = "✓ " + o.Label
		}
		if data, ok := stepData("set", d.token(), field.Name, o.Value); ok {
			k.Text, k.Data = cut(k.Text, mostKey), data
			keys = append(keys, k)
		} else if k, ok := out.stepKey(d, k, "pick", field.Name, strconv.Itoa(n)); ok {
			keys = append(keys, k)
		}
	}
	out.keys = append(out.keys, arranged(keys, 2, 44)...)
}

// fileButtons adds a button for each file, which takes it out.
func (out *drawn) fileButtons(d *dialog, field bot.FormField) {
	var keys []key
	for _, file := range field.Files {
		if k, ok := out.stepKey(d, key{Text: "🗑 " + workflows.Inert(file.Name)}, "rm", field.Name, fileKey(file.ID)); ok {
			keys = append(keys, k)
		}
	}
	out.keys = append(out.keys, arranged(keys, 2, 44)...)
}

// navigation adds where one can go from a question: back, on, out.
func (v view) navigation(out *drawn, d *dialog, i int) {
	field := d.Form.Fields[i]
	var keys []key
	add := func(label, step, name string) {
		if k, ok := out.stepKey(d, key{Text: v.text(label)}, step, name, ""); ok {
			keys = append(keys, k)
		}
	}
	switch {
	case d.Single, d.OneLine && (i == 0 || d.Form.Fields[i-1].Line == 0):
		add("telegram.back", "sum", field.Name)
	case d.before(i) >= 0:
		add("telegram.back", "go", d.Form.Fields[d.before(i)].Name)
	}
	if !d.Single {
		switch {
		case field.Value != "":
			add("telegram.next", "keep", field.Name)
		case !field.Required:
			add("telegram.skip", "keep", field.Name)
		}
	}
	if !field.Required && field.Value != "" && field.Asks != workflows.AskFiles { // those go one by one
		add("telegram.clear", "clear", field.Name)
	}
	add("telegram.cancel", "drop", field.Name)
	out.keys = append(out.keys, arranged(keys, 4, 48)...)
}

// closed is what becomes of a form's message: one line, no buttons.
func (c *Chat) closed(language string, d *dialog, key string) drawn {
	p := &page{}
	p.add(true, literal("📝 "), bold(cut(d.Form.Title, 200)), literal(" · "), inert(c.Words.Say(language, key, nil), nil))
	return drawn{text: p.html()}
}

// earlierDate is the date that was given before field i: a last day is looked for near the first.
func (d *dialog) earlierDate(i int) workflows.Date {
	for _, f := range slices.Backward(d.Form.Fields[:i]) {
		if day, err := workflows.ParseDate(f.Value); f.Asks == workflows.AskDate && err == nil {
			return day
		}
	}
	return workflows.Date{}
}

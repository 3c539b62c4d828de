package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// dialogWords are the labels that a leave is asked for with, and the words that mean the same inside and outside.
var dialogWords = map[string]struct{ annual, submit, leave, help string }{
	"en": {"✓ Annual leave", "Submit", "cancel", "help"},
	"zh": {"✓ 年假", "提交", "取消", "帮助"},
}

// dialogue is a leave's form in Telegram, through the whole program.
type dialogue struct {
	*play
	telegram *telegramtest.Driver
	taps     int
}

func (d *dialogue) press(label string) {
	d.Helper()
	d.taps++
	d.must(d.telegram.PressLabel(d.Context(), "E003", label))
}

func (d *dialogue) asks(want string) {
	d.Helper()
	if got, err := d.telegram.Step("E003"); err != nil || got != want {
		d.Fatalf("it asks for %q, want %q (%v)", got, want, err)
	}
}

// turnTo turns the calendar to a day's month, and tells with how many taps.
func (d *dialogue) turnTo(day time.Time, from time.Time) (pages int) {
	for m := from; m.Year() != day.Year() || m.Month() != day.Month(); m = time.Date(m.Year(), m.Month()+1, 1, 0, 0, 0, 0, time.UTC) {
		d.press("▶")
		pages++
	}
	return pages
}

// A leave of whole days is four taps: its type, the first day, the last day and Submit. Half days and the reason stand behind ✏️. Each question takes a typed
// answer, a date as it is said anywhere else, and the words that leave a form or ask for help mean that at each of them.
func TestDialogInTelegram(t *testing.T) {
	t.Parallel()
	for _, language := range workflows.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			words := dialogWords[language]
			b := onTelegram(t, []string{"E003"})
			d := &dialogue{play: &play{binary: b, week: monday()}, telegram: b.Driver.(*telegramtest.Driver)}
			d.speak(language)
			zone, err := time.LoadLocation("America/New_York")
			d.must(err)
			today := time.Now().In(zone)
			mon, tue := d.week, d.week.AddDate(0, 0, 1)

			d.must(d.Type(d.Context(), "E003", "/leave"))
			d.asks("type")
			d.press(words.annual)
			d.asks("from")
			pages := d.turnTo(mon, today)
			d.press(strconv.Itoa(mon.Day()))
			d.asks("to")
			pages += d.turnTo(tue, mon)
			d.press(strconv.Itoa(tue.Day()))
			d.asks("")
			screen, err := d.Screen(d.Context(), "E003")
			d.must(err)
			for _, half := range []string{"from_part", "to_part", "reason"} {
				if _, there := screen.Form.Values[half]; !there {
					t.Errorf("%s cannot be changed at the summary: %v", half, screen.Form.Values)
				}
			}
			summary := screen.Form.Text
			d.press(words.submit)
			if d.taps-pages != 4 {
				t.Errorf("a leave took %d taps", d.taps-pages)
			}
			card := bottest.Await(d.Context(), t, d.telegram, "E003", "the card", func(s bottest.Screen) bool {
				_, there := s.Message("LV-1")
				return there
			})
			sent, _ := card.Message("LV-1")
			for line := range strings.Lines(sent.Text) { // its dates read as those of the form
				if strings.Contains(line, "–") && !strings.Contains(summary, strings.TrimSpace(line)) {
					t.Errorf("the card says %q, and the form said\n%s", line, summary)
				}
			}

			day := d.week.AddDate(0, 0, 2)
			tomorrow := today.AddDate(0, 0, 1)
			for typed, want := range map[string]time.Time{
				day.Format("2006-1-2"): day, day.Format("2006/1/2"): day, day.Format("2 Jan 2006"): day, day.Format("2006年1月2日"): day,
				"２０" + day.Format("06-01-02"): day, "tomorrow": tomorrow, "明天": tomorrow,
			} {
				d.must(d.Type(d.Context(), "E003", "/leave"))
				d.press(words.annual)
				d.must(d.Type(d.Context(), "E003", typed))
				screen, err := d.Screen(d.Context(), "E003")
				d.must(err)
				if step, _ := d.telegram.Step("E003"); step == "from" { // a day off is refused there, and was read all the same
					if !want.Equal(tomorrow) || strings.Contains(screen.Form.Text, typed) {
						t.Errorf("%q is not taken for a date:\n%s", typed, screen.Form.Text)
					}
					continue
				}
				d.asks("to")
				d.must(d.Type(d.Context(), "E003", typed))
				if screen, err = d.Screen(d.Context(), "E003"); err != nil || screen.Form.Values["from"] != want.Format(time.DateOnly) {
					t.Errorf("%q is read as %v, want %s", typed, screen.Form.Values, want.Format(time.DateOnly))
				}
			}

			for _, answers := range [][]string{{}, {words.annual}, {words.annual, "$MON"}, {words.annual, "$MON", "$MON"}} {
				d.must(d.Type(d.Context(), "E003", "/leave"))
				for i, a := range answers {
					if i == 0 {
						d.press(a)
						continue
					}
					d.must(d.Type(d.Context(), "E003", d.dates(a)))
				}
				asked, err := d.telegram.Step("E003")
				d.must(err)
				d.must(d.Type(d.Context(), "E003", words.help))
				d.asks(asked)
				if screen, err := d.Screen(d.Context(), "E003"); err != nil || !screen.Says("/requests") {
					t.Errorf("%q at %q is answered with\n%s", words.help, asked, screen)
				}
				d.must(d.Type(d.Context(), "E003", words.leave))
				if _, err := d.telegram.Step("E003"); err == nil {
					t.Errorf("%q leaves the form open at %q", words.leave, asked)
				}
			}
		})
	}
}

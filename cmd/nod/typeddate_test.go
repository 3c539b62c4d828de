package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A date that is typed as the answer to Telegram's question is read as the one in a sentence and the one behind a command.
func TestDatesTypedInTelegram(t *testing.T) {
	t.Parallel()
	b := onTelegram(t, []string{"E003"})
	ctx := t.Context()
	day := monday()
	asked := func(typed ...string) (form string, faults map[string]string) {
		t.Helper()
		for _, line := range typed {
			b.must(b.Type(ctx, "E003", line))
		}
		s, err := b.Screen(ctx, "E003")
		b.must(err)
		if s.Form == nil {
			t.Fatalf("%q opens no form:\n%s", typed, s)
		}
		return s.Form.Text, s.Form.Faults
	}
	want, _ := asked("/leave annual " + day.Format(time.DateOnly))
	if !strings.Contains(want, "1 day") {
		t.Fatalf("the form of a command shows\n%s", want)
	}
	for _, spelling := range []string{day.Format("2006-1-2"), day.Format("2006/1/2"), day.Format("2006.1.2"), day.Format("2 Jan 2006"), day.Format("Monday, January 2, 2006"),
		fmt.Sprintf("%d年%d月%d日", day.Year(), day.Month(), day.Day()), strings.NewReplacer("0", "０", "1", "１", "2", "２", "-", "－").Replace(day.Format(time.DateOnly))} {
		if got, _ := asked("/leave annual", spelling); got != want {
			t.Errorf("typed as %q the form shows\n%s\nwant\n%s", spelling, got, want)
		}
		if got, _ := asked("/leave annual " + spelling); got != want {
			t.Errorf("behind the command %q shows\n%s\nwant\n%s", spelling, got, want)
		}
	}
	tomorrow, _ := asked("/leave annual tomorrow")
	for _, spelling := range []string{"tomorrow", "明天", "Tomorrow"} {
		if got, _ := asked("/leave annual", spelling); got != tomorrow {
			t.Errorf("typed as %q the form shows\n%s\nwant\n%s", spelling, got, tomorrow)
		}
	}
	if text, faults := asked("/leave annual", "03/04"); !strings.Contains(text+faults["from"], "“03/04” could be") {
		t.Errorf("03/04 is asked about so:\n%s\n%v", text, faults)
	}
}

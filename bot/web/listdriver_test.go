package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/bot/web/webtest"
	"github.com/nod-chat/nod/workflows"
)

// A person fills in an order of fifty lines on the page, changes one and takes one away.
func TestFormWithFiftyLines(t *testing.T) {
	orders := web.NewOrders()
	chat := web.New(web.Config{Store: web.NewMemory([]workflows.Person{{ID: 1, No: "lin", Name: "Lin", Language: "en", Active: true}}), Bot: orders,
		Clock: new(workflows.Clock), Words: web.LoadWords(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	server := httptest.NewServer(chat.Handler())
	t.Cleanup(func() {
		chat.Close()
		server.Close()
	})
	d := webtest.New(server.URL, chat)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sees := func(open int, lines []string) {
		t.Helper()
		screen, err := d.Screen(t.Context(), "lin")
		must(err)
		if f := screen.Form; f == nil || f.Open != open || !slices.Equal(f.Lines, lines) {
			t.Fatalf("Lin sees\n%s\nwant %q with %d open", screen, lines, open)
		}
	}
	must(d.Type(t.Context(), "lin", "/order 1"))
	want, lines := map[string]string{"customer": "Acme", "note": ""}, []string{"1 × hex bolts M8"}
	want["item"], want["quantity"] = "hex bolts M8", "1"
	sees(1, lines)
	for id := 2; id <= 50; id++ {
		must(d.List(t.Context(), "lin", bot.AddLine, 0))
		sees(id, append(slices.Clone(lines), "empty"))
		item, quantity := workflows.LineName("item", id), workflows.LineName("quantity", id)
		want[item], want[quantity] = fmt.Sprint("part ", id), fmt.Sprint(id)
		must(d.Change(t.Context(), "lin", map[string]string{item: want[item], quantity: want[quantity]}))
		lines = append(lines, fmt.Sprintf("%d × part %d", id, id))
	}
	sees(50, lines)
	if d.List(t.Context(), "lin", bot.AddLine, 0) == nil {
		t.Error("a line can be added to fifty")
	}
	if d.Change(t.Context(), "lin", map[string]string{"item_7": "x"}) == nil {
		t.Error("an input that nobody sees can be filled in")
	}
	must(d.List(t.Context(), "lin", bot.EditLine, 37))
	must(d.Change(t.Context(), "lin", map[string]string{"quantity_37": "370"}))
	want["quantity_37"], lines[36] = "370", "370 × part 37"
	must(d.List(t.Context(), "lin", bot.EditLine, 12))
	must(d.List(t.Context(), "lin", bot.RemoveLine, 12))
	delete(want, "item_12")
	delete(want, "quantity_12")
	sees(11, slices.Delete(lines, 11, 12))
	must(d.Send(t.Context(), "lin", 1))
	if !maps.Equal(orders.Sent, want) {
		t.Errorf("sent %v, want %v", orders.Sent, want)
	}
}

package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/storage/storagetest"
)

// I1: an approver's press was given up in the night. The administrator sees it, hands it in again, and the running program decides as if it
// had just come: once, as its presser, and gone from the list. What cannot be handled this time either stays, with the new reason.
func TestI1DeadLetterDecides(t *testing.T) {
	t.Parallel()
	b := onTelegram(t, []string{"E003", "E011"})
	b.ask("E003", "annual "+days(monday(), 2)+" family")
	card := b.sees("E011", "LV-1", "Tom Baker")
	id, err := strconv.Atoi(card.Reference)
	b.must(err)
	server := b.Driver.(*telegramtest.Driver).Server
	user, data := telegramtest.UserID("E011"), ""
	for _, m := range server.Messages(user) {
		for _, row := range m.Keyboard {
			for _, button := range row {
				if m.ID == id && strings.Contains(button.Data, "approve") {
					data = button.Data
				}
			}
		}
	}
	store := storagetest.Connect(t, b.db)
	keep := func(key, body string) {
		b.must(store.KeepUnhandled(t.Context(), telegram.Platform, key, []byte(body), "panic: poison"))
	}
	keep("7:11", fmt.Sprintf(`{"update_id":4711,"callback_query":{"id":"11","from":{"id":%d,"is_bot":false,"first_name":"Kai"},
		"message":{"message_id":%d,"date":0,"chat":{"id":%d,"type":"private"}},"data":%q}}`, user, id, user, data))
	keep("7:12", `{"update_id":4712,"message":{"message_id":"twelve"}}`)
	if list := b.nod("dead", "list"); !strings.Contains(list, "telegram/7:11 ") || strings.Count(list, "panic: poison\n") != 2 || !b.reads("nod_dead_letters 2") {
		t.Errorf("it lists\n%s", list)
	}
	if out := b.nod("dead", "retry", "-all"); out != "2 updates are handed in again\n" {
		t.Errorf("it says %q", out)
	}
	b.sees("E003", "LV-1", "Approved by 周凯 Zhou Kai")
	var list string
	if !within(func() bool {
		list = b.nod("dead", "list")
		return !strings.Contains(list, "7:11") && strings.Contains(list, "telegram/7:12 ") && strings.Contains(list, "handed in again once: read an update: ")
	}) {
		t.Fatalf("it still lists\n%s", list)
	}
	if story := b.nod("audit", "show", "LV-1"); strings.Count(story, " approve E011 ") != 1 {
		t.Errorf("the audit tells another story:\n%s", story)
	}
	if !b.reads("nod_dead_letters 1") {
		t.Error("it is not counted")
	}
}

// reads tells whether the figures have a line.
func (b *binary) reads(line string) bool {
	b.Helper()
	r, err := http.Get("http://" + b.admin + "/metrics")
	b.must(err)
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	b.must(err)
	return strings.Contains(string(page), "\n"+line+"\n")
}

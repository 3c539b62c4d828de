package draw_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// A pending request as its approver sees it, once in each language.
func BenchmarkCard(b *testing.B) {
	p := policy.Default()
	kind, _ := p.Kind("leave")
	words, err := texts.New(p.Kinds())
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	lin := workflows.Person{ID: 1, No: "E1", Name: "Lin Xiaoyu", Manager: 2, Country: "DE", Zone: "Europe/Berlin", Active: true}
	zhao := workflows.Person{ID: 2, No: "E2", Name: "Zhao Min", Country: "DE", Zone: "Europe/Berlin", Active: true}
	facts := workflows.Facts{Now: now, Org: workflows.NewOrg(lin, zhao), Patterns: p.Patterns(),
		Ledgers: []workflows.Ledger{{Unit: "leave:annual",
			Lots: []workflows.Lot{{ID: 1, Unit: "leave:annual", Granted: 10 * workflows.StandardDay, Left: 10 * workflows.StandardDay}}}}}
	form := workflows.Form{"type": "annual", "from": "2026-03-16", "to": "2026-03-19", "reason": "family visit"}
	subject := workflows.Subject{Ref: workflows.Ref{Kind: "leave", ID: "0195596e-0000-7000-8000-000000000001"}, Definition: kind.Hash()}
	d, err := kind.Decide(workflows.Request{Subject: subject, Requester: 1, SubmittedBy: 1},
		workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(lin, "web"), facts)
	if err != nil {
		b.Fatal(err)
	}
	d.Request.Number = "LV-1"
	loaded := engine.Loaded{Kind: kind, Request: d.Request, Facts: facts}
	for _, language := range workflows.Languages {
		b.Run(language, func(b *testing.B) {
			print := words.For(language, "Europe/Berlin", now)
			b.ReportAllocs()
			for b.Loop() {
				view, _ := loaded.View(workflows.PersonActor(zhao, ""))
				if card := draw.Card(view, print); len(card.Actions) == 0 {
					b.Fatal("the approver's card has no buttons")
				}
			}
		})
	}
}

package leave_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// TestStoredDefinitions loads the definitions that programs of the past have stored, each under the hash that is its file's name, and
// plays a leave by each of them. What a later program writes in other words, or has given up, does not keep a request from ending as it
// began. Such a file is never renewed.
func TestStoredDefinitions(t *testing.T) {
	files, err := filepath.Glob("testdata/definitions/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stored definitions: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hash := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(hash, func(t *testing.T) { playStored(t, hash, content) })
		// A field that the program does not know, as one that a newer replica stored while it was running beside.
		later := strings.Replace(string(content), `{"kind":"leave",`, `{"kind":"leave","colour":"green",`, 1)
		later = strings.Replace(later, `"code":"annual",`, `"code":"annual","colour":"green",`, 1)
		if strings.Count(later, `"colour"`) < 2 {
			t.Fatalf("nothing was added to %s", file)
		}
		t.Run(hash+" with fields added since", func(t *testing.T) { playStored(t, hash, []byte(later)) })
	}
}

func playStored(t *testing.T, hash string, content []byte) {
	var d workflows.Definition
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	// Today's policy has nothing of what the stored one says.
	p, err := policy.Load("today.yaml", []byte("leave: {types: [{code: sick}], route: [{name: hr, approvers: ['role:hr'], mode: any_of}]}"))
	if err != nil {
		t.Fatal(err)
	}
	kind, err := p.Restore(d, hash)
	if err != nil {
		t.Fatal(err)
	}
	if kind.Hash() != hash {
		t.Errorf("%s came back as %s", hash, kind.Hash())
	}
	m := newMemory(t, p, company()...)
	m.kind = kind
	m.now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	m.grants = []grant{{3, workflows.Lot{ID: 1, Unit: "leave:annual", Granted: 20 * workflows.StandardDay, From: workflows.Date{Year: 2026, Month: 1, Day: 1}}}}
	r := workflows.Request{Requester: 3, SubmittedBy: 3}
	r.ID, r.Kind, r.Definition = "r1", "leave", hash
	form := workflows.Form{"type": "年假", "from": "2026-03-16", "to": "2026-04-03", "reason": "family"}
	if _, err := m.change(r, workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(m.person(3), "web")); err != nil {
		t.Fatal(err)
	}
	for _, approver := range []workflows.PersonID{2} { // the head of the department is the manager here, and is asked once
		now := *m.request("LV-1")
		if _, err := m.change(now, workflows.Act{Event: approval.Approve, Digest: now.Digest}, workflows.PersonActor(m.person(approver), "web")); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.request("LV-1"); got.State != "approved" {
		t.Errorf("it ended as %s", got.State)
	}
}

// TestStoredDefinitionRules: what a stored definition says of fields and states holds for its requests, whatever today's says.
func TestStoredDefinitionRules(t *testing.T) {
	today, _ := policy.Default().Kind("leave")
	d := today.Definition
	d.Fields = nil
	for _, f := range today.Fields {
		if f.Name == "reason" {
			f.Default = "as always"
		}
		d.Fields = append(d.Fields, f)
	}
	kind, err := policy.Default().Restore(d, "of another day")
	if err != nil {
		t.Fatal(err)
	}
	form, faults := kind.ReadForm(workflows.Form{"type": "annual", "from": "2026-03-16"}, workflows.Person{Country: "CN"})
	if len(faults) > 0 || form["reason"] != "as always" {
		t.Errorf("%v %v", form, faults)
	}
}

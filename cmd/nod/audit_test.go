package main

import (
	"strings"
	"testing"
	"time"
)

// A long reading says how far it has come every few seconds; a short one says nothing.
func TestProgressIsTold(t *testing.T) {
	var out strings.Builder
	p := &progress{to: &out, began: time.Now()}
	p.records(200)
	if out.Len() > 0 {
		t.Errorf("at once it says %q", out.String())
	}
	p.began = p.began.Add(-time.Minute)
	p.records(120_000)
	p.records(120_200)
	if out.String() != "120000 records read, 1m0s so far\n" {
		t.Errorf("it says %q", out.String())
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

type auditCommand struct {
	Show   auditShow   `cmd:"" help:"Print one line for each change of a request."`
	Verify auditVerify `cmd:"" help:"Check that no record was changed, added or removed."`
}

type auditShow struct {
	Number string `arg:"" help:"The request's number, as LV-1042."`
}

// Help shows an example.
func (auditShow) Help() string { return "Example: nod audit show LV-1042" }

// Run prints a request's audit, oldest change first.
func (a auditShow) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	number := strings.ToUpper(strings.TrimSpace(a.Number))
	refs, err := d.store.Find(ctx, number)
	if err != nil {
		return err
	}
	if len(refs) == 0 {
		return fmt.Errorf("nothing has the number %s; /requests lists the numbers of requests", number)
	}
	for _, ref := range refs {
		if len(refs) > 1 {
			fmt.Fprintf(p.stdout, "%s %s:\n", ref.Kind, number)
		}
		rows, err := d.store.Audit(ctx, ref.ID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fmt.Fprintln(p.stdout, d.auditLine(ctx, row))
		}
	}
	return nil
}

// auditLine writes a change as one line. What was erased is named by its id.
func (d *desk) auditLine(ctx context.Context, a workflows.AuditRow) string {
	v := a.Values
	who := v.Actor
	if who == "" {
		who = strings.TrimSpace(a.Operator + d.person(ctx, a.Actor.Person()))
	}
	whom := v.For
	switch {
	case whom == "" && a.For != 0:
		whom = d.person(ctx, a.For)
	case whom == "" && v.Change.Requester != 0 && v.Change.Requester != a.Actor.Person():
		whom = d.person(ctx, v.Change.Requester)
	}
	if whom != "" {
		who += " for " + whom
	}
	line := fmt.Sprintf("%s seq %d rev %d %s %s %s %s", stamp(a.At), a.Seq, a.Revision, a.Event, who, a.Platform,
		strings.TrimSpace(fmt.Sprintf("%s → %s", a.From, a.To)))
	if v.Comment != "" {
		line += fmt.Sprintf(" “%s”", v.Comment)
	}
	return strings.ReplaceAll(workflows.Inert(line), "\n", `\n`)
}

// person names somebody who may have been erased or forgotten; a record is shown whatever became of them.
func (d *desk) person(ctx context.Context, id workflows.PersonID) string {
	if id == 0 {
		return ""
	}
	p, err := d.store.Person(ctx, id)
	if err != nil {
		return fmt.Sprintf("person %d", id)
	}
	return p.No + " " + p.Name
}

type auditVerify struct{}

// Help shows an example.
func (auditVerify) Help() string {
	return `Each request's records form a chain of hashes. Prints NUMBER seq N for the first record of each chain that is not what was ` +
		`recorded, and then exits with 1. Records whose values were erased still verify.

Example: nod audit verify`
}

// Run checks every chain.
func (auditVerify) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	broken, checked, err := d.store.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	for _, b := range broken {
		fmt.Fprintf(p.stdout, "%s: %s\n", b, b.Why)
	}
	switch len(broken) {
	case 0:
		fmt.Fprintf(p.stdout, "all %d records are as they were written\n", checked)
		return nil
	case 1:
		return fmt.Errorf("the audit of 1 request is broken; compare it with a backup")
	}
	return fmt.Errorf("the audit of %d requests is broken; compare them with a backup", len(broken))
}

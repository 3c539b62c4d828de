package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
)

type requestCommand struct {
	Number struct {
		Number   string          `arg:"" help:"The request's number, as LV-1042."`
		Show     requestShow     `cmd:"" help:"Print where the request stands."`
		Reassign requestReassign `cmd:"" help:"Give what is waiting to another approver."`
		Close    requestClose    `cmd:"" help:"End the request without a decision."`
		Revive   requestRevive   `cmd:"" help:"Open a closed or expired request again."`
	} `arg:""`
}

// Help shows an example.
func (requestCommand) Help() string {
	return `Each move is recorded with your name on this machine and the reason, and the people concerned are told. None of them ` +
		`approves anything.

Example: nod request LV-1042 close -reason "filed twice"`
}

type requestShow struct{}

// Help shows an example.
func (requestShow) Help() string { return "Example: nod request LV-1042 show" }

// Run prints a request.
func (requestShow) Run(ctx context.Context, p *program, c *commands) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	e, err := d.engine(ctx)
	if err != nil {
		return err
	}
	ref, err := e.Find(ctx, c.Request.Number.Number)
	if err != nil {
		return d.explain(err)
	}
	v, err := e.Load(ctx, ref.ID)
	if err != nil {
		return d.explain(err)
	}
	printRequest(p.stdout, v)
	return nil
}

func printRequest(w io.Writer, v engine.Loaded) {
	line := func(format string, args ...any) {
		fmt.Fprintln(w, strings.ReplaceAll(workflows.Inert(fmt.Sprintf(format, args...)), "\n", `\n`))
	}
	r := v.Request
	name := func(id workflows.PersonID) string {
		p := v.Facts.Org.Person(id)
		return strings.TrimSpace(p.No + " " + p.Name)
	}
	line("%s %s: %s, revision %d, seq %d", r.Number, r.Kind, r.State, r.Revision, r.Seq)
	if r.Erased {
		line("its words are erased")
	}
	line("for %s, sent by %s at %s", name(r.Requester), name(r.SubmittedBy), stamp(r.SubmittedAt))
	for _, in := range workflows.Inputs(v.Kind.Fields, r.Form) {
		if value := r.Form[in.Name]; value != "" {
			line("form %s: %s", in.Name, value)
		}
	}
	for _, measure := range slices.Sorted(maps.Keys(r.Measures)) {
		line("measure %s: %d", measure, r.Measures[measure])
	}
	for i, step := range r.Steps {
		var names []string
		for _, slot := range step.Slots {
			for _, id := range slot.People {
				names = append(names, name(id))
			}
		}
		now := ""
		if info, _ := v.Kind.State(r.State); info.Routed && i == r.Step {
			now = ", now"
		}
		line("step %d %s: %s (%s%s)", i+1, step.Name, strings.Join(names, ", "), step.Mode, now)
	}
	for _, t := range r.Turns {
		about := fmt.Sprintf("opened %s", stamp(t.OpenedAt))
		if !t.DecidedAt.IsZero() {
			about += ", ended " + stamp(t.DecidedAt)
		}
		if t.Why != "" {
			about += ", because " + t.Why
		}
		who := name(t.Person)
		if t.For != 0 {
			who += " for " + name(t.For)
		}
		line("turn rev %d step %d: %s %s (%s)", t.Revision, t.Step+1, who, t.State, about)
	}
}

// move is what all of an administrator's moves ask for.
type move struct {
	Reason string `required:"" help:"Why; the people concerned read it."`
}

type requestReassign struct {
	move
	To   string `required:"" help:"Employee number of who is to decide, as E011."`
	From string `help:"Employee number of the approver in whose place, where several are asked."`
}

type requestClose struct{ move }

type requestRevive struct{ move }

// Help shows an example.
func (requestReassign) Help() string {
	return `Example: nod request LV-1042 reassign -to E011 -reason "Li is in hospital"`
}

// Help shows an example.
func (requestClose) Help() string {
	return `Example: nod request LV-1042 close -reason "filed twice"`
}

// Help shows an example.
func (requestRevive) Help() string {
	return `Example: nod request LV-1042 revive -reason "closed by mistake"`
}

// Run gives a place of a request's step to somebody else.
func (m requestReassign) Run(ctx context.Context, p *program, c *commands) error {
	return m.act(ctx, p, c, workflows.Act{Event: approval.Reassign, Person: m.To, From: m.From})
}

// Run closes a request.
func (m requestClose) Run(ctx context.Context, p *program, c *commands) error {
	return m.act(ctx, p, c, workflows.Act{Event: approval.Close})
}

// Run revives a request.
func (m requestRevive) Run(ctx context.Context, p *program, c *commands) error {
	return m.act(ctx, p, c, workflows.Act{Event: approval.Revive})
}

func (m move) act(ctx context.Context, p *program, c *commands, act workflows.Act) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	e, err := d.engine(ctx)
	if err != nil {
		return err
	}
	act.Comment = m.Reason
	ref, err := e.Find(ctx, c.Request.Number.Number)
	if err != nil {
		return d.explain(err)
	}
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: operator()}, Key: rand.Text()}
	answer, err := e.Act(ctx, cause, ref.ID, act)
	if err != nil {
		return d.explain(err)
	}
	args := workflows.Args{"Number": answer.Number}
	for name, value := range answer.Args {
		args[name] = value
	}
	fmt.Fprintln(p.stdout, d.printer().Text(answer.Text, args))
	return nil
}

// operator is the account under which an administrator's move is recorded.
func operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

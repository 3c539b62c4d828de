package command

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
)

// allWord asks for all that a list showed: all EX-20 1764460800000000 is what is not newer than EX-20 and has not changed since then.
const allWord = "all"

// payments lists what waits for an office that the person holds, as claims to be paid, each with the button that settles it, and one for
// all of them. Who holds none is refused.
func payments(ctx context.Context, c call) (Result, error) {
	for _, k := range c.engine.Kinds() {
		event, states := k.Settles()
		if event == "" || !k.HoldsOffice(c.Person) {
			continue
		}
		switch last, until, all, err := c.allOf(ctx); {
		case err != nil:
			return Result{}, err
		case all:
			return c.settleAll(ctx, k, event, states, last, until)
		}
		return c.waiting(ctx, k, event, states)
	}
	return Result{}, workflows.Refuse(workflows.NotYours, "payments.not_yours", nil)
}

// allOf reads which of a list are meant: those up to the last that it showed, as they were when it was drawn.
func (c call) allOf(ctx context.Context) (last workflows.SubjectID, until time.Time, ok bool, err error) {
	words := strings.Fields(c.args)
	if len(words) != 3 || words[0] != allWord {
		return "", until, false, nil
	}
	micro, wrong := strconv.ParseInt(words[2], 10, 64)
	if wrong != nil {
		return "", until, false, nil
	}
	ref, err := c.engine.Find(ctx, words[1])
	return ref.ID, time.UnixMicro(micro), err == nil, err
}

func (c call) waiting(ctx context.Context, k *workflows.Kind, event workflows.Event, states []workflows.State) (Result, error) {
	now := c.engine.Now()
	list, err := c.directory.InStates(ctx, k.Kind, states, now, "", pageSize+1)
	if err != nil {
		return Result{}, err
	}
	if len(list) == 0 {
		return c.message("payments.none", nil), nil
	}
	more := len(list) > pageSize
	list = list[:min(len(list), pageSize)]
	m := bot.Message{Text: c.text("payments.list", workflows.Args{"Count": len(list), "More": more})}
	label := c.Print.Of(k.Kind, "event."+string(event), nil)
	for _, l := range list {
		kind, err := c.engine.KindOf(ctx, l.Request)
		if err != nil {
			return Result{}, err
		}
		gist := kind.InLine(l.Request)
		args := workflows.Args{"Name": l.People[0], "Gist": c.text(gist.Text, gist.Args), "Number": l.Request.Number,
			"State": c.Print.State(l.Request.Kind, l.Request.State)}
		item := bot.Item{Text: c.text("approvals.line", args), Detail: c.text("requests.item", args)}
		if !slices.Contains(l.Request.Own(), c.Person.ID) {
			item.Actions = append(item.Actions, bot.Action{Name: string(event), Label: label, Style: workflows.Primary,
				Subject: l.Request.ID, Number: l.Request.Number, Digest: l.Request.Digest, Once: true})
		}
		item.Actions = append(item.Actions, draw.ShowButton(c.Print, l.Request.Ref))
		m.Items = append(m.Items, item)
	}
	if len(list) > 1 {
		last := list[len(list)-1].Request.Number
		behind := strings.Join([]string{"payments", allWord, last, strconv.FormatInt(now.UnixMicro(), 10)}, " ")
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: behind,
			Label: c.text("payments.all", workflows.Args{"Count": len(list)})})
	}
	return Result{Message: m}, nil
}

// settleAll settles what a list showed, each by itself: what cannot be settled is named, and the rest is.
func (c call) settleAll(ctx context.Context, k *workflows.Kind, event workflows.Event, states []workflows.State,
	last workflows.SubjectID, until time.Time) (Result, error) {
	list, err := c.directory.InStates(ctx, k.Kind, states, until, last, pageSize)
	if err != nil {
		return Result{}, err
	}
	done := 0
	var left []string
	for _, l := range list {
		cause := c.Cause
		cause.Key += " " + l.Request.Number // a press that comes again settles nothing twice
		_, err := c.engine.Act(ctx, cause, l.Request.ID, workflows.Act{Event: event, Digest: l.Request.Digest})
		var refusal *workflows.Error
		switch {
		case err == nil:
			done++
		case errors.As(err, &refusal) && refusal.Code != workflows.Unavailable && refusal.Code != workflows.Unconfirmed:
			left = append(left, l.Request.Number+": "+c.text(refusal.Text, refusal.Args))
		default:
			return Result{}, err
		}
	}
	m := bot.Message{Text: c.text("payments.done", workflows.Args{"Count": done}), Tone: workflows.Good}
	if len(left) > 0 {
		m.Text, m.Tone = m.Text+"\n"+strings.Join(left, "\n"), workflows.Warn
	}
	return Result{Message: m}, nil
}

package command

import (
	"context"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// undo finds the author's request that a line takes back: that of its day, or else what is open. It takes nothing back: it shows the card
// with its buttons. Where the line speaks of a day and it is not clear which, nothing is said to be the one that is meant.
func (c call) undo(ctx context.Context, line string) (Result, error) {
	span, dated := c.dates(line)
	list, all, err := c.undoable(ctx, span, dated)
	if err != nil {
		return Result{}, err
	}
	args := workflows.Args{}
	if dated {
		args = days(span)
	}
	args["Dated"] = dated
	_, fault := c.readDates(line)
	switch {
	case len(list) == 0:
		return c.message("undo.none", args), nil
	case len(list) == 1 && fault == nil && (dated || all):
		k, err := c.engine.KindOf(ctx, list[0].Request)
		if err != nil {
			return Result{}, err
		}
		args["Number"] = list[0].Request.Number
		key := "undo.too_late"
		if canWithdraw(k, list[0].Request.State) {
			key = "undo.one"
			if !dated { // whatever was meant
				key = "undo.only"
			}
		}
		result := c.message(key, args)
		result.Show = list[0].Request.ID
		return result, nil
	}
	return c.short(ctx, "undo", list)
}

// undoable lists the author's open and approved requests of some days, or all that are open, and tells whether it looked at the oldest.
func (c call) undoable(ctx context.Context, span workflows.Span, dated bool) (list []workflows.Listed, all bool, err error) {
	mine, err := c.directory.RequestsOf(ctx, c.Person.ID, workflows.Page{Size: pageSize})
	if err != nil {
		return nil, false, err
	}
	if dated {
		if list, err = c.directory.Holding(ctx, c.Person.ID, span, pageSize); err != nil {
			return nil, false, err
		}
	}
	for _, l := range mine.Lines {
		k, err := c.engine.KindOf(ctx, l.Request)
		if err != nil {
			return nil, false, err
		}
		known := slices.ContainsFunc(list, func(other workflows.Listed) bool { return other.Request.ID == l.Request.ID })
		days, ok := k.Days(l.Request.Form)
		if canWithdraw(k, l.Request.State) && !known && (!dated || ok && days.Overlaps(span)) { // what was returned holds no days
			list = append(list, l)
		}
	}
	return list, mine.Total == len(mine.Lines), nil
}

// canWithdraw tells whether the requester can withdraw a request that stands in a state.
func canWithdraw(k *workflows.Kind, state workflows.State) bool {
	_, ok := k.Transition("withdraw", state)
	return ok
}

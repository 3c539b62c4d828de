package task

import (
	"maps"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// DueRemind is the kind of the due items of a task's clock.
const DueRemind = "task"

// The slots of a task's clock, each a working morning: the first reminder on the day on which it is due, one in each of the next three, and
// then those who lead its owner are told, once.
const (
	SlotFirst = 0
	SlotTell  = 4
)

// startClock begins the clock of a task anew: with the working morning of the day on which it is due, or the last one before that; where
// none is left, with the next one.
func (c *change) startClock() {
	at, ok := c.inTime()
	if !ok {
		at = c.hours().NextMorning(c.facts.Now)
	}
	c.clock(SlotFirst, at)
}

// inTime is the last working morning to come on which the task is not late; false: there is none.
func (c *change) inTime() (time.Time, bool) {
	today := c.facts.Today(c.facts.Org.Person(c.t.Owner))
	for d := c.t.Due; !d.Before(today); d = d.AddDays(-1) {
		if morning, works := c.hours().Morning(d); works && morning.After(c.facts.Now) {
			return morning, true
		}
	}
	return time.Time{}, false
}

// atOnce has what is given out on the very day on which it is due be told now, as after downtime, at a time of day at which people are told
// anything: nobody has a card of it.
func (c *change) atOnce() bool {
	now := c.facts.Now
	today := c.facts.Today(c.facts.Org.Person(c.t.Owner))
	morning, works := c.hours().Morning(today)
	if c.t.Source.Kind == Manual || c.t.Due.After(today) || !works || now.Before(morning) || !now.Before(morning.Add(atWork)) {
		return false
	}
	c.clock(SlotFirst, now)
	return true
}

// remindFrom has the reminders come from the working morning of a day on, or the first one after it.
func (c *change) remindFrom(day workflows.Date) {
	c.clock(SlotFirst, c.hours().NextMorning(day.At(0, c.facts.Org.Person(c.t.Owner).Location())))
}

// hours is the working time by which the task's reminders come: its owner's. Where others stand in while the owner is away, it does not
// wait for their return.
func (c *change) hours() workflows.Hours {
	h := c.facts.Hours(c.t.Owner)
	if len(c.t.Helpers) > 0 || len(c.t.StandIns(c.facts)) > 0 {
		h.Away = nil
	}
	return h
}

// atWork is how long after the morning people are told what cannot wait.
const atWork = 9 * time.Hour

func (c *change) clock(slot int, at time.Time) {
	c.out.Due = append(c.out.Due, workflows.Due{Kind: DueRemind, Key: string(c.t.ID), Slot: slot, At: at, Subject: c.t.ID,
		Party: c.t.Owner.Party()})
}

// While names of notices about tasks: what has to hold when they go out.
const WhileOpen = "open"

// remind tells whoever has to do the task, and sets the clock for the next working morning. Those of one morning go out as one message.
func remind(c *change) error {
	t, f := c.t, c.facts
	args := c.args()
	args["Since"] = t.Due.String()
	n := workflows.Notice{Text: "notice.task_today", Args: args, Tone: workflows.Wait, While: WhileOpen, Digest: true}
	today := f.Today(f.Org.Person(t.Owner))
	if t.Late(today) {
		n.Text, n.Tone = "notice.task_late", workflows.Warn
	}
	slot := c.act.Slot
	if slot >= SlotTell {
		n.Text = "notice.task_overdue"
		leader := f.Org.Manager(t.Owner, 1)
		if t.About == t.Owner { // a new hire's mentor is nearer to them
			for _, id := range t.Helpers {
				if f.Org.Person(id).Active {
					leader = id
					break
				}
			}
		}
		c.tell(leader, n)
		return nil
	}
	for _, id := range t.doers(f) {
		n.Args = maps.Clone(args)
		if n.Args["Whose"] = ""; id != t.Owner {
			n.Args["Whose"] = args["Owner"]
		}
		c.tell(id, n)
	}
	if at, ok := c.inTime(); ok { // it was put off to a day before
		c.clock(SlotFirst, at)
		return nil
	}
	next := c.hours().NextMorning(f.Now)
	if !t.Due.Before(today) { // it may still be done in time: late is what was not done by then
		next = c.hours().NextMorning(t.Due.AddDays(1).At(0, f.Org.Person(t.Owner).Location()))
	}
	c.clock(slot+1, next)
	return nil
}

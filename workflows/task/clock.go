package task

import (
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
func (c *change) startClock() { c.remindFrom(c.t.Due) }

// remindFrom has the first reminder come on a day, or on the last working morning before it. What was given out on the day itself, as after
// downtime, is told at once, at a time of day at which people are told anything: nobody has a card of it.
func (c *change) remindFrom(day workflows.Date) {
	now, hours := c.facts.Now, c.hours()
	today := c.facts.Today(c.facts.Org.Person(c.t.Owner))
	for d := day; !d.Before(today); d = d.AddDays(-1) {
		if morning, works := hours.Morning(d); works && morning.After(now) {
			c.clock(SlotFirst, morning)
			return
		}
	}
	if morning,
		works := hours.Morning(today); works && c.t.Source.Kind != Manual && !now.Before(morning) && now.Before(morning.Add(atWork)) {
		c.clock(SlotFirst, now)
		return
	}
	c.clock(SlotFirst, hours.NextMorning(now))
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
		c.tell(id, n)
	}
	next := c.hours().NextMorning(f.Now)
	if !t.Due.Before(today) { // it may still be done in time: late is what was not done by then
		next = c.hours().NextMorning(t.Due.AddDays(1).At(0, f.Org.Person(t.Owner).Location()))
	}
	c.clock(slot+1, next)
	return nil
}

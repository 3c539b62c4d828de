package web

import (
	"net/http"
	"slices"
	"time"
)

// moveClock puts the business time forward, for everybody. It never goes back: what has happened has happened.
func (c *Chat) moveClock(w http.ResponseWriter, r *http.Request) {
	in, ok := sent(w, r, func(name string) bool { return slices.Contains([]string{"step", "as"}, name) }, never)
	if !ok {
		return
	}
	p, ok := c.person(w, r, in["as"])
	if !ok {
		return
	}
	c.clock.Lock()
	defer c.clock.Unlock()
	var step time.Duration
	now := c.Clock.Now().In(zoneOf(p.Zone))
	switch in["step"] {
	case "hour":
		step = time.Hour
	case "morning":
		step = nextMorning(now).Sub(now)
	case "week":
		step = now.AddDate(0, 0, 7).Sub(now)
	default:
		refuse(w, http.StatusBadRequest, "How far?")
		return
	}
	if err := c.Store.WebMoveClock(r.Context(), step); err != nil { // first: a restart must not turn it back
		c.fail(w, "move the clock", err)
		return
	}
	c.Clock.Set(c.Clock.Offset() + step)
	c.hub.wakeAll()
	f := c.frame(p)
	c.write(w, &answer{frame: f, Toast: f.T("web.clock.moved", "Time", f.Clock(), "City", f.city(p.Zone))})
}

// clockStep is a button that puts the clock forward.
type clockStep struct {
	No, Name, Label, Hint string
}

// Step describes one of the clock's buttons.
func (f frame) Step(name string) clockStep {
	return clockStep{No: f.Me.No, Name: name, Label: f.T("web.clock." + name), Hint: f.T("web.clock." + name + "_hint")}
}

// Place is where the reader's clock hangs.
func (f frame) Place() string { return f.city(f.Me.Zone) }

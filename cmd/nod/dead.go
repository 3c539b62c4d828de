package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// deadCommand is about updates from a chat that could not be handled after several tries.
type deadCommand struct {
	List  deadList  `cmd:"" help:"Print one line for each, oldest first."`
	Retry deadRetry `cmd:"" help:"Hand one in again, or all."`
	Drop  deadDrop  `cmd:"" help:"Forget one, or all."`
}

type deadList struct {
	Body bool `help:"Print what came, too. It holds what somebody wrote."`
}

// Help shows an example.
func (deadList) Help() string {
	return `Prints the name, when it was given up, its size and why. The sender was told at the time. They are kept for 30 days.

Example: nod dead list`
}

// Run lists them.
func (l deadList) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	n := 0
	err = d.store.DeadLetters(ctx, func(letter storage.DeadLetter) error {
		n++
		line := fmt.Sprintf("%s %s %d bytes", letterName(letter), stamp(letter.At), len(letter.Body))
		switch letter.Retries {
		case 0:
		case 1:
			line += ", handed in again once"
		default:
			line += fmt.Sprintf(", handed in again %d times", letter.Retries)
		}
		if !letter.RetryAt.IsZero() {
			line += ", is being handed in again"
		}
		fmt.Fprintf(p.stdout, "%s: %s\n", line, brief(letter.Why))
		if l.Body {
			fmt.Fprintf(p.stdout, "\t%s\n", workflows.InertLine(string(letter.Body)))
		}
		return nil
	})
	if err == nil && n == 0 {
		fmt.Fprintln(p.stdout, "every update was handled")
	}
	return err
}

// letterArg says which update is meant.
type letterArg struct {
	Name string `arg:"" optional:"" help:"Which one, as nod dead list names it."`
	All  bool   `help:"Every one."`
}

// letter gives the platform and the key that are meant; both are empty for every one.
func (a letterArg) letter() (platform, key string, err error) {
	if (a.Name == "") == !a.All {
		return "", "", usageError{errors.New("which one? Give its name as nod dead list prints it, or -all")}
	}
	if a.All {
		return "", "", nil
	}
	platform, key, ok := strings.Cut(a.Name, "/")
	if !ok || platform == "" {
		return "", "", usageError{fmt.Errorf("%s is no name of an update; nod dead list prints them", workflows.InertLine(a.Name))}
	}
	return platform, key, nil
}

// outcome says how many it was.
func (a letterArg) outcome(p *program, n int64, one, more string) error {
	switch {
	case n == 0 && !a.All:
		return fmt.Errorf("there is no %s; nod dead list shows what there is", workflows.InertLine(a.Name))
	case n == 1:
		fmt.Fprintf(p.stdout, "1 update %s\n", one)
	default:
		fmt.Fprintf(p.stdout, "%d updates %s\n", n, more)
	}
	return nil
}

type deadRetry struct{ letterArg }

// Help shows an example.
func (deadRetry) Help() string {
	return `A running nod serve takes it in within seconds, as if it had just come. When it is handled it is gone from the list; when ` +
		`not, the list says why. What had been saved after all is not done twice.

Example: nod dead retry telegram/123456:789`
}

// Run has the running program take it in.
func (r deadRetry) Run(ctx context.Context, p *program) error {
	return r.run(ctx, p, (*storage.Store).RetryDeadLetter, "is handed in again", "are handed in again")
}

type deadDrop struct{ letterArg }

// Help shows an example.
func (deadDrop) Help() string { return "Example: nod dead drop telegram/123456:789" }

// Run forgets it.
func (r deadDrop) Run(ctx context.Context, p *program) error {
	return r.run(ctx, p, (*storage.Store).DropDeadLetter, "is forgotten", "are forgotten")
}

func (a letterArg) run(ctx context.Context, p *program, do func(*storage.Store, context.Context, string, string) (int64, error),
	one, more string) error {
	platform, key, err := a.letter()
	if err != nil {
		return err
	}
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	n, err := do(d.store, ctx, platform, key)
	if err != nil {
		return err
	}
	return a.outcome(p, n, one, more)
}

// letterName is what an update is called at the command line.
func letterName(d storage.DeadLetter) string { return workflows.InertLine(d.Platform + "/" + d.Key) }

// brief is a reason without the trace of a program's fault.
func brief(why string) string {
	first, _, _ := strings.Cut(why, "\n")
	return workflows.InertLine(workflows.Cut(first, 200))
}

// retryEvery is how soon an update is taken in again.
const retryEvery = 2 * time.Second

// retrying has a chat handle an update once more. An error says why that failed.
type retrying func(ctx context.Context, body []byte) error

// retryDead takes in again what an administrator wants to be, until ctx ends; what it has begun then, it finishes.
func (s *service) retryDead(platform string, retry retrying) {
	l := s.health.add(duty{name: platform + ".letters", interval: retryEvery})
	s.intakes = append(s.intakes, func(ctx context.Context) error {
		return l.run(ctx, func(ctx context.Context) error {
			for ctx.Err() == nil {
				if more, err := s.retryOne(context.WithoutCancel(ctx), platform, retry); err != nil || !more {
					return err
				}
			}
			return nil
		})
	})
}

// retryOne takes in the next one, if there is any.
func (s *service) retryOne(ctx context.Context, platform string, retry retrying) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, drain-time.Second) // a stopping service waits for it
	defer cancel()
	d, ok, err := s.store.TakeDeadLetter(ctx, platform)
	if err != nil || !ok {
		return false, err
	}
	trying, end := context.WithTimeout(ctx, drain-3*time.Second)
	why := retry(trying, d.Body)
	end()
	if why == nil {
		slog.Info("an update that could not be handled was handled now", "platform", platform, "key", d.Key)
		_, err = s.store.DropDeadLetter(ctx, d.Platform, d.Key)
		return true, err
	}
	slog.Warn("an update could not be handled this time either", "platform", platform, "key", d.Key, "error", why)
	return true, s.store.KeepDeadLetter(ctx, d.Platform, d.Key, why.Error())
}

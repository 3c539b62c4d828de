package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Address is where a message goes: a chat user.
type Address = workflows.ChatUser

// Post is what is sent: a card or a message. Key is unique for the post and the same when it is tried again.
type Post struct {
	Key     string
	Card    *bot.Card
	Message *bot.Message
	Claim   func(ctx context.Context) error // nil: nobody else may have it
}

// Mine is asked by a sender when nothing but sending is left to do. ErrTaken: the claim was lost meanwhile, as by a machine that slept,
// and it must not go out from here; any other error: that cannot be known, and nothing must go out either.
func (p Post) Mine(ctx context.Context) error {
	if p.Claim == nil {
		return nil
	}
	return p.Claim(ctx)
}

// Sender sends to one platform, what is Mine at the last moment. Its errors say what is known about the post: ErrGone, ErrTaken, NotYet, a
// RetryAfter, ErrLost; any other means that surely nothing was sent and that a later try may do better.
type Sender interface {
	// Post sends a new message and gives the reference by which it can be edited.
	Post(ctx context.Context, to Address, p Post) (reference string, err error)
	// Edit replaces a message. An edit that changes nothing is no error.
	Edit(ctx context.Context, to Address, reference string, p Post) error
	// Find looks a post up whose answer was lost, by its key; found is false when the platform surely does not have it.
	Find(ctx context.Context, to Address, p Post) (reference string, found bool, err error)
}

// What can be known of a send that failed.
var (
	// ErrGone: this chat will not take messages any more (blocked, left, archived).
	ErrGone = errors.New("the chat is gone")
	// ErrMissing: the message to edit does not exist any more; a new one is posted.
	ErrMissing = errors.New("the message is gone")
	// ErrTaken: another replica sends it by now; nothing was sent.
	ErrTaken = errors.New("another replica has it by now")
	// ErrLost: the answer was lost, so the post may or may not have arrived.
	ErrLost = errors.New("the answer was lost")
)

// RetryAfter is a platform's wish to be left alone for a while.
type RetryAfter struct{ Wait time.Duration }

func (r RetryAfter) Error() string { return "the platform asks to wait " + r.Wait.String() }

// NotYet says that it is not a send's turn under the limits of its platform, so that nothing was tried.
type NotYet struct {
	Wait time.Duration
	Wide bool // the same holds for every chat, not only for this one
}

func (n NotYet) Error() string { return "its turn is in " + n.Wait.String() }

package workflows

import "time"

// Claim asks for what waits to be sent on one platform, some of it from the oldest and some from the newest.
type Claim struct {
	Platform string
	Oldest   int
	Newest   int
	Busy     []int64 // bindings of chats that take nothing at the moment
}

// Chat is where a party is written to, and how.
type Chat struct {
	Party    Party
	Language string
	Zone     string
	ChatUser // Platform empty: no chat reaches the party
	Binding  int64
	Ended    bool // the chat has ended since the item was put in its lane
}

// CardItem is a card that has to be posted or drawn again, claimed for that.
type CardItem struct {
	ID        string
	Subject   Ref
	To        Chat
	Folded    bool   // shrunk to a line: a newer card stands below it
	Reference string // the platform's name of the message; empty: not posted yet
	Hash      string // of what it shows
	Redraw    bool   // what is on the screen is in doubt, whatever the hash says
	Attempts  int
	Lost      bool      // the answer to an earlier post was lost
	Wanted    int       // the seq that it should show
	Since     time.Time // when it began to wait, by the machine's clock
}

// CardShown is what became of a card that was posted or edited.
type CardShown struct {
	ID        string
	Reference string
	Seq       int // of the subject as shown
	Revision  int
	Hash      string
	Facts     []byte // what a decider saw, as JSON; nil on a card without buttons
	Attempts  int    // of the CardItem: tells whether it is still the same claim
}

// NoticeItem is a notice that has to be sent, claimed for that.
type NoticeItem struct {
	ID       string
	Subject  Ref // that it is about; the zero one: it is about none
	Notice   Notice
	To       Chat
	Attempts int
	Lost     bool
	Since    time.Time // when it began to wait, by the machine's clock
}

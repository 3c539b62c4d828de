package workflows

import "time"

// PartyKind says what sort of somebody a party is.
type PartyKind string

// Who acts and who looks. Whatever is shown or allowed names the kinds of parties that it is for.
const (
	PersonParty   PartyKind = "person"   // an employee
	ContactParty  PartyKind = "contact"  // a customer's person
	OperatorParty PartyKind = "operator" // an administrator at the command line
	ClockParty    PartyKind = "clock"    // a due item
)

// Party is somebody who acts or looks. The ID is that of a person or contact; an operator and a clock have none. The zero Party is nobody.
type Party struct {
	Kind PartyKind `json:"kind"`
	ID   int64     `json:"id,omitempty"`
}

// Party is the person as a party; nobody for the zero ID.
func (id PersonID) Party() Party {
	if id == 0 {
		return Party{}
	}
	return Party{Kind: PersonParty, ID: int64(id)}
}

// Person is the party's person; zero when it is no person.
func (p Party) Person() PersonID {
	if p.Kind != PersonParty {
		return 0
	}
	return PersonID(p.ID)
}

// ChatUser is somebody as a chat knows them. A binding makes one known to be a party.
type ChatUser struct {
	Platform string // slack, telegram, web; system for a clock, cli for an operator
	Team     string
	User     string // the platform's own id; for cli the account at the command line
}

// The platforms that are no chats. No adapter may use these names.
const (
	PlatformSystem = "system"
	PlatformCLI    = "cli"
)

// Cause identifies the delivery that made something happen, so that a repeat of it changes nothing.
type Cause struct {
	ChatUser
	Key string // unique for the press, command or due item
}

// Actor is who does something, as the transaction that stores it found out.
type Actor struct {
	Party    Party
	Person   Person // of a person
	Operator string // of an operator: the account at the command line
	Platform string // where the press came from
}

// PersonActor is a person who presses in a chat.
func PersonActor(p Person, platform string) Actor {
	return Actor{Party: p.ID.Party(), Person: p, Platform: platform}
}

// ClockActor is a due item that fires.
func ClockActor() Actor { return Actor{Party: Party{Kind: ClockParty}, Platform: PlatformSystem} }

// OperatorActor is an account at the command line.
func OperatorActor(account string) Actor {
	return Actor{Party: Party{Kind: OperatorParty}, Operator: account, Platform: PlatformCLI}
}

// did begins the row of the audit that tells what the actor did to a subject.
func (a Actor) did(act Act, subject SubjectID, from State, at time.Time) AuditRow {
	return AuditRow{Subject: subject, Event: act.Event, At: at, Actor: a.Party, Operator: a.Operator, Platform: a.Platform, From: from,
		Values: AuditValues{Actor: a.Name(), Comment: act.Comment}}
}

// Name is how the audit calls an actor.
func (a Actor) Name() string {
	switch a.Party.Kind {
	case PersonParty:
		return a.Person.Titled()
	case OperatorParty:
		return "administrator " + a.Operator
	case ClockParty:
		return "system"
	}
	return string(a.Party.Kind)
}

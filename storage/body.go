package storage

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// bodies keeps subjects that are stored as the program writes them, each as the body of a row: tasks and plans. T is what one is, and F by
// what it is decided and shown.
type bodies[T, F any] struct {
	table   string
	subject func(*T) *workflows.Subject
	load    func(trip *Trip, c crew, w workflows.Wants, now time.Time, f *F) (finish func())
}

// queue reads the body of a subject.
func (k *bodies[T, F]) queue(trip *Trip, id workflows.SubjectID, body *[]byte) {
	queue(trip, `SELECT body FROM `+k.table+` WHERE id = @subject`, args{"subject": string(id)}, one(body))
}

// read makes a subject of its row and its body; NotFound when there is no such body.
func (k *bodies[T, F]) read(subject workflows.Subject, body []byte) (t T, err error) {
	if body == nil { // a subject, and of another sort
		return t, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	err = json.Unmarshal(body, &t)
	*k.subject(&t) = subject
	return t, err
}

// find gives a subject with what showing it needs; NotFound when there is none.
func (k *bodies[T, F]) find(ctx context.Context, s *Store, id workflows.SubjectID, viewer []workflows.PersonID, w workflows.Wants,
	now time.Time) (t T, f F, err error) {
	trip := &Trip{}
	var subject subjectScan
	var body []byte
	queue(trip, sqlSubject, args{"subject": string(id)}, one(subject.dest()...))
	k.queue(trip, id, &body)
	finish := k.load(trip, crew{Subject: id, IDs: viewer}, w, now, &f)
	if err := trip.send(ctx, s.pool); err != nil {
		return t, f, unread(err)
	}
	finish()
	t, err = k.read(subject.subject(), body)
	return t, f, err
}

// change changes a subject, or makes one, as decide says.
func (k *bodies[T, F]) change(ctx context.Context, s *Store, c workflows.Change, people []workflows.PersonID, decide decision[T, F]) (
	workflows.Answer, error,
) {
	return s.Change(ctx, c, func() Part { return &bodyPart[T, F]{of: k, c: c, people: people, decide: decide} })
}

// decision says what follows for a subject.
type decision[T, F any] = func(t T, actor workflows.Actor, f F) (T, workflows.Outcome, error)

// bodyPart is one try of a change to a subject with a body.
type bodyPart[T, F any] struct {
	of     *bodies[T, F]
	c      workflows.Change
	people []workflows.PersonID // whom a new one names
	decide decision[T, F]
	body   []byte
	facts  F
	finish func()
	o      workflows.Outcome
}

func (p *bodyPart[T, F]) Locks(*Trip) {}

func (p *bodyPart[T, F]) Load(trip *Trip) {
	if p.c.Subject != "" {
		p.of.queue(trip, p.c.Subject, &p.body)
	}
	p.finish = p.of.load(trip, crew{Subject: p.c.Subject, IDs: p.people, User: p.c.Cause.ChatUser}, p.c.Wants, p.c.Now, &p.facts)
}

func (p *bodyPart[T, F]) Decide(subject workflows.Subject, actor workflows.Actor, _ *workflows.Shown) (workflows.Outcome, error) {
	p.finish()
	var stored T
	var err error
	if p.c.Subject != "" {
		if stored, err = p.of.read(subject, p.body); err != nil {
			return workflows.Outcome{}, err
		}
	}
	_, p.o, err = p.decide(stored, actor, p.facts)
	return p.o, err
}

func (p *bodyPart[T, F]) Write(trip *Trip) {
	trip.Queue(`INSERT INTO `+p.of.table+` (id, body, open) VALUES (@subject, @body, @open)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body, open = excluded.open`,
		args{"subject": string(p.o.Subject.ID), "body": string(p.o.Audit.Values.Other), "open": !p.o.Final})
}

func (p *bodyPart[T, F]) Violated(error) error { return nil }

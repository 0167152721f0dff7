// Package recorder takes in opens and clicks, judges which of them a machine
// made, and makes them durable in groups.
package recorder

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/tracking"
)

// Recorder makes opens and clicks durable in groups: whatever waits while one
// transaction commits goes with the next. It answers when that has happened.
type Recorder struct {
	db     *sqlx.DB // of connections that are proven to be the recorder's
	ring   *tracking.Keyring
	clock  clock.Clock
	agents *Agents
	sends  *sends
	stmts  *statements
	shards [shards]chan *fetch
}

// shards is how many groups commit at once. A member always falls into the
// same one, so that they never wait for each other's rows.
const shards = 2

// maxBatch bounds a group, and with it how long one may take.
const maxBatch = 500

// maxWaiting bounds how many fetches wait in each shard; more are refused
// rather than kept in memory.
const maxWaiting = 4096

// fetch is an open or click on its way into the base.
type fetch struct {
	ref     tracking.Ref
	send    *send
	link    link
	at      time.Time
	reason  string // why a machine's; empty for a human's
	family  string
	clickID uint64
	facts   facts
	done    chan error
}

// New returns a recorder of the base at url, which knows key; it records while Run
// does. What it reads of sends it reads over db.
func New(ctx context.Context, db *sqlx.DB, url string, key postgres.Key, ring *tracking.Keyring, clock clock.Clock) (*Recorder, error) {
	agents, err := NewAgents()
	if err != nil {
		return nil, err
	}
	own, err := postgres.OpenAs(ctx, url, key, "system:tracking", shards)
	if err != nil {
		return nil, err
	}
	stmts, err := prepare(ctx, own)
	if err != nil {
		_ = own.Close()
		return nil, err
	}
	r := &Recorder{db: own, ring: ring, clock: clock, agents: agents, sends: &sends{db: db}, stmts: stmts}
	for i := range r.shards {
		r.shards[i] = make(chan *fetch, maxWaiting)
	}
	return r, nil
}

// Close closes the recorder's connections, once Run has returned.
func (r *Recorder) Close() { _ = r.db.Close() }

// Run records until ctx ends, and then what still waits. Stop the server first.
func (r *Recorder) Run(ctx context.Context) {
	ctx = postgres.AsNobody(ctx) // its connections say who records
	var done sync.WaitGroup
	for _, queue := range r.shards {
		done.Go(func() { r.work(ctx, queue) })
	}
	done.Wait()
}

// work commits group after group.
func (r *Recorder) work(ctx context.Context, queue chan *fetch) {
	var memory recent
	for {
		g := gather(ctx, queue)
		if g == nil {
			return
		}
		// Not ctx's end: what came in before it is still recorded.
		err := r.commit(context.WithoutCancel(ctx), g, &memory)
		for _, f := range g.fetches {
			f.done <- err
		}
	}
}

// gather waits for a fetch and takes along all that wait with it. It returns
// nil when ctx has ended and nothing waits.
func gather(ctx context.Context, queue chan *fetch) *group {
	g := &group{}
	select {
	case first := <-queue:
		g.fetches = append(g.fetches, first)
	case <-ctx.Done():
	}
	for len(g.fetches) < maxBatch {
		select {
		case next := <-queue:
			g.fetches = append(g.fetches, next)
			continue
		default:
		}
		break
	}
	if len(g.fetches) == 0 {
		return nil
	}
	return g
}

// Open records that a mail's image was fetched. A token that names nothing is
// a not-found fault.
func (r *Recorder) Open(ctx context.Context, token, method, userAgent string) error {
	ref, ok := r.ring.Parse(tracking.Open, token)
	if !ok {
		return fault.New(fault.NotFound, "tracking.nothing_here")
	}
	_, err := r.record(ctx, ref, method, userAgent)
	return err
}

// Click records a click and returns where it leads. The path is that of the
// link's address behind /c/. One that names nothing is a not-found fault.
func (r *Recorder) Click(ctx context.Context, path, method, userAgent string) (string, error) {
	ref, values, ok := r.ring.ParseClick(path)
	if !ok {
		return "", fault.New(fault.NotFound, "tracking.nothing_here")
	}
	of, err := r.sends.get(ctx, ref.Send)
	if err != nil {
		return "", err
	}
	target, ok := of.target(ref.Link, values)
	if !ok {
		return "", fault.New(fault.NotFound, "tracking.nothing_here")
	}
	f, err := r.record(ctx, ref, method, userAgent)
	if err != nil || ref.Link == tracking.HoneypotLink {
		return target, err
	}
	id := r.ring.AppendSubID(make([]byte, 0, 64), tracking.SubID{Send: ref.Send, Variant: uint8(f.facts.Variant), Link: ref.Link,
		Click: f.clickID})
	return string(links.AppendTarget(make([]byte, 0, len(target)+64), target, f.link.Parameter, id)), nil
}

// record puts a fetch into its shard and waits until it is durable.
func (r *Recorder) record(ctx context.Context, ref tracking.Ref, method, userAgent string) (*fetch, error) {
	of, err := r.sends.get(ctx, ref.Send)
	if err != nil {
		return nil, err
	}
	f := &fetch{ref: ref, send: of, at: r.clock.Now(), done: make(chan error, 1)}
	if ref.Kind == tracking.Click {
		if f.link = of.links[ref.Link]; f.link.ID == 0 && ref.Link != tracking.HoneypotLink {
			return nil, fault.New(fault.NotFound, "tracking.nothing_here")
		}
		f.clickID = rand.Uint64()
	}
	f.reason, f.family = r.agents.Judge(ref.Kind, method, userAgent), family(userAgent)
	select {
	case r.shards[ref.Member%shards] <- f:
	default:
		return nil, fault.New(fault.Unavailable, "tracking.busy")
	}
	select {
	case err := <-f.done:
		if err != nil {
			return nil, fmt.Errorf("record a %v of send %d: %w", ref.Kind, ref.Send, err)
		}
		return f, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ClickRef writes a click's part of a sub-id as it is stored with the click.
func ClickRef(click uint64) string { return strconv.FormatUint(click, 36) }

package demo

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// scene is one step of the demo; it returns what it did, in a line.
type scene struct {
	name string
	play func(context.Context) (string, error)
}

// stage is where the scenes play, with what they have made so far.
type stage struct {
	Config
	began time.Time
	shop  *shop
	post  *post

	admin           client
	planner, editor person // who make the mailings
	colleague       person // who approves both
	labels          map[string]label
	known           map[string]*member // by address
	campaigns       []*campaign
	slot            time.Time // of both mailings
	mailings        []*mailing
	trial           *mailing // on which everything that isn't allowed is tried
	refusals        int
	sent            time.Time // when the last send was finished
	moods           []*mood
	tallying        sync.Mutex // guards crowd
	crowd           deeds      // by their own account
	outcomes        []outcome  // per mailing
	notes           []string
}

// Run plays the demo. It fails if a rule could be bypassed, or if what was
// counted isn't what the crowd did.
func Run(ctx context.Context, config Config) (Result, error) {
	s := &stage{Config: config, began: time.Now(), labels: map[string]label{}, known: map[string]*member{}}
	s.admin = client{base: config.API, token: config.Admin}
	s.post = newPost(config.Public)
	config.Mailboxes.Watch(s.post.take)
	var err error
	if s.shop, err = openShop(ctx); err != nil {
		return Result{}, err
	}
	for _, next := range []scene{
		{"labels", s.openLabels},
		{"people", s.hirePeople},
		{"members", s.importMembers},
		{"history", s.livePast},
		{"campaigns", s.planCampaigns},
		{"mailings", s.writeMailings},
		{"approval", s.approveMailings},
		{"bypasses", s.tryBypasses},
		{"sending", s.waitForSends},
		{"machines", s.letMachinesIn},
		{"members act", s.letMembersAct},
		{"returns", s.sendReturns},
		{"outcomes", s.countOutcomes},
	} {
		if err := s.perform(ctx, next); err != nil {
			return Result{}, err
		}
	}
	if err := s.showOutcomes(ctx); err != nil {
		return Result{}, err
	}
	return s.result(), nil
}

// result is what a person needs who wants to look around.
func (s *stage) result() Result {
	first, last := s.moods[0], s.moods[len(s.moods)-1]
	return Result{
		Took: time.Since(s.began),
		Pages: []Page{
			{"a mail as a web page", first.view},
			{"another", last.view},
			{"a member's preferences", first.preferences},
		},
		People: []Hired{
			{s.planner.Name, "planner and approver", s.planner.Email, s.planner.token},
			{s.editor.Name, "planner and approver", s.editor.Email, s.editor.token},
			{s.colleague.Name, "approver", s.colleague.Email, s.colleague.token},
			{"Beheer", "admin", s.AdminEmail, s.admin.token},
		},
	}
}

// livePast lets the months before happen to the same people.
func (s *stage) livePast(ctx context.Context) (string, error) {
	return s.History(ctx, Cast{
		Planner: s.planner.Email, Editor: s.editor.Email, Colleague: s.colleague.Email, Admin: s.AdminEmail, Shop: s.shop.url,
	})
}

// perform plays a scene and says in a line what it did and how long it took.
func (s *stage) perform(ctx context.Context, next scene) error {
	from := time.Now()
	did, err := next.play(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", next.name, err)
	}
	s.say("%-12s %s", next.name, padded(did, 96)+fmt.Sprintf("%6.1f s", time.Since(from).Seconds()))
	for _, line := range s.notes {
		s.say("%-12s · %s", "", line)
	}
	s.notes = nil
	return nil
}

// note keeps a line to stand under that of the scene.
func (s *stage) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// say writes a line.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.Out, format+"\n", args...)
}

// until asks again and again until done says so, or patience ends.
func until(ctx context.Context, patience time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come within %s", what, patience)
		case <-tick.C:
		}
	}
}

package worker_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/shaping"
)

// exchanges is DNS in which each domain has an MX of its own provider.
type exchanges map[string]string

func (x exchanges) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	return []*net.MX{{Host: x[domain]}}, nil
}

// shaped is a stage whose members are at Google, Ziggo, KPN
// and GMX.
func shaped(t *testing.T, n int, answer func(recipient string, n int) delivery.Reply) *stage {
	t.Helper()
	s := newStage(t, n)
	s.server.Answer = answer
	rules, err := shaping.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	dns := exchanges{"gmail.example": "mx.google.com.", "ziggo.example": "mx.ziggo.nl.", "kpn.example": "mx1.kpnmail.nl.",
		"gmx.example": "mx00.gmx.net."}
	s.shaper = func() *shaping.Shaper {
		return shaping.New(shaping.NewStore(s.App, s.clock), rules, dns, s.clock, slog.New(slog.NewTextHandler(t.Output(), nil)))
	}
	return s
}

// at counts what a provider's members were offered, and what they got.
func (s *stage) at(domain string) (offered, got int) {
	for recipient, n := range s.server.Offers() {
		if strings.HasSuffix(recipient, domain) {
			offered += n
		}
	}
	for recipient, n := range s.server.Took() {
		if strings.HasSuffix(recipient, domain) {
			got += n
		}
	}
	return offered, got
}

// A provider that was stopped is offered nothing by any of three workers, and all
// others get their mail at once. When the stop is over it goes on by steps, and in
// the end nobody is missing and nobody got it twice.
func TestAStoppedProviderSlowsNobodyElse(t *testing.T) {
	t.Parallel()
	const members = 400
	s := shaped(t, members, func(string, int) delivery.Reply {
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	})
	until := s.clock.Now().Add(time.Hour)
	s.Owner.MustExec(`INSERT INTO provider_limits (provider, kind, value, since, until, pattern, said) VALUES ('gmx', 'rate', 0, $1, $2, 'x', '')`,
		s.clock.Now(), until)
	for range 3 {
		s.work(t)
	}
	send := s.start(t, everyone)
	s.await(t, `SELECT count(*) = 300 FROM deliveries WHERE state = 'sent'`)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND state = 'running')`, send.ID)
	if offered, _ := s.at("@gmx.example"); offered != 0 {
		t.Errorf("a stopped provider was offered %d mails", offered)
	}
	s.mustCount(t, 100, `SELECT count(*) FROM deliveries WHERE state = 'queued' AND attempts = 0`)
	s.clock.Set(until.Add(2 * time.Hour)) // by then it is lifted
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": members})
	for recipient, n := range s.server.Took() {
		if n != 1 {
			t.Errorf("%s got %d", recipient, n)
		}
	}
}

// A provider that answers 421 is offered a few mails, and then no more than the
// rate that it is slowed down to, by three workers together; the others get all.
func TestARefusingProviderIsSlowedDown(t *testing.T) {
	t.Parallel()
	const members = 2000
	s := shaped(t, members, func(recipient string, _ int) delivery.Reply {
		if strings.HasSuffix(recipient, "@gmail.example") {
			return delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 421, Enhanced: "4.7.28",
				Text: "our system has detected an unusual rate of mail from your address"}
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	})
	stop := s.work(t)
	send := s.start(t, `SELECT member_id, NULL::text AS skip_reason FROM memberships WHERE label_id = 1 AND member_id <= 40`)
	s.await(t, `SELECT count(*) = 1 FROM provider_limits WHERE provider = 'google' AND kind = 'rate' AND value = 10 AND pattern = 'unusual rate'`)
	s.await(t, allDone, send.ID)
	stop()
	before, _ := s.at("@gmail.example")
	began := time.Now()
	for range 3 {
		s.work(t)
	}
	next := s.start(t, `SELECT member_id, NULL::text AS skip_reason FROM memberships WHERE label_id = 1 AND member_id > 40`)
	s.await(t, `SELECT count(*) = 1470 FROM deliveries WHERE send_id = $1 AND state = 'sent'`, next.ID)
	after, _ := s.at("@gmail.example")
	// By the database's clock, and two seconds of it ahead.
	if offered, most := after-before, 2+int(time.Since(began)/(6*time.Second)); offered > most {
		t.Errorf("at ten a minute %d were offered, of at most %d by now", offered, most)
	}
	if _, got := s.at("@kpn.example"); got != members/4 {
		t.Errorf("others got %d", got)
	}
}

// refusing answers GMX's mail as a server that lets nobody in.
func refusing(recipient string, _ int) delivery.Reply {
	if strings.HasSuffix(recipient, "@gmx.example") {
		return delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 421, Enhanced: "4.7.0",
			Text: "too many connections"}
	}
	return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
}

// Workers that join take connections from the first, which had mail in their hands.
// Others carry that, and don't leave it to wait for a provider of the same batch
// that lets nobody in.
func TestMailOfConnectionsThatEndIsCarriedByOthers(t *testing.T) {
	t.Parallel()
	joined := make(chan struct{})
	join := sync.OnceFunc(func() { close(joined) })
	defer join() // who waits for it would never end
	s := shaped(t, 400, func(recipient string, n int) delivery.Reply {
		<-joined
		return refusing(recipient, n)
	})
	s.server.Shaped, s.server.Connections = true, 24
	s.start(t, everyone)
	s.work(t)
	s.await(t, `SELECT count(*) > 2 FROM deliveries WHERE state = 'sending'`)
	s.work(t)
	s.work(t)
	s.await(t, `SELECT count(*) = 3 FROM delivery_workers`)
	for range 2 { // by its second heartbeat from now the first has made room
		var last time.Time
		if err := s.App.Get(&last, `SELECT max(seen_at) FROM delivery_workers`); err != nil {
			t.Fatal(err)
		}
		s.await(t, `SELECT min(seen_at) > $1 FROM delivery_workers`, last)
	}
	join()
	s.await(t, `SELECT count(*) = 300 FROM deliveries WHERE state = 'sent'`)
}

// Of a batch's mail what a provider takes slowly doesn't wait for what another
// takes not at all.
func TestARateIsKeptBesideAProviderThatRefuses(t *testing.T) {
	t.Parallel()
	s := shaped(t, 80, refusing)
	s.server.Shaped = true
	s.Owner.MustExec(`INSERT INTO provider_limits (provider, kind, value, since, until, pattern, said) VALUES ('google', 'rate', 300, $1, $2, 'x', '')`,
		s.clock.Now(), s.clock.Now().Add(time.Hour))
	s.work(t)
	s.start(t, everyone)
	s.await(t, `SELECT count(*) = 60 FROM deliveries WHERE state = 'sent'`)
}

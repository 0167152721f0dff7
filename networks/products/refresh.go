package products

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks/products/records"
)

const (
	daily       = 24 * time.Hour
	backoff     = 15 * time.Minute // after the first failure; twice that after each further one
	maxBackoff  = 12 * time.Hour   // but never more
	maxProducts = 500_000          // of one feed
	atOnce      = 500              // records that are taken in together
	fewest      = 20               // products; of less, any number may go at once
	keptFor     = 90 * 24 * time.Hour
)

// Refresher reads feeds anew, each once a day and when a person asks for it.
type Refresher struct {
	*Feeds
	Log *slog.Logger
	Key postgres.Key // for what feeds say
}

// RefreshDue reads the feeds that are due, one after the other, and returns how many.
// What fails is noted with its feed and tried again later: what it had stays.
func (r *Refresher) RefreshDue(ctx context.Context) (int, error) {
	ctx = r.Key.Acting(ctx, "system:products")
	due, err := r.due(ctx)
	if err != nil {
		return 0, err
	}
	return each.Try(ctx, 1, due, r.refresh)
}

// arrived is what came of a feed.
type arrived struct {
	records int // with those that are no products
	unread  int
	ref     string // the last of them
	reason  words.Message
}

// refresh reads a feed, and puts all that it has in place of what was there.
func (r *Refresher) refresh(ctx context.Context, id FeedID) error {
	feed, err := r.Get(ctx, id)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	turn, err := r.begin(ctx, id, now)
	if err != nil {
		return err
	}
	came, err := r.unbroken(ctx, &feed.Feed, turn)
	if err == nil {
		err = came.enough()
	}
	if err == nil {
		err = r.swap(ctx, &feed, turn, now, came)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return nil
	}
	said := words.OfError(err)
	if fault.Of(err) == fault.Internal {
		said = words.Of("products.failed")
	}
	r.Log.Warn("refresh a feed of products", "feed", id, "problem", said.String()) // the cause may have its address
	return r.failed(ctx, id, turn, said, came)
}

// enough returns a fault unless what came can be what the feed means to have.
func (a arrived) enough() error {
	switch {
	case a.records == 0:
		return fault.New(fault.Invalid, "products.none")
	case a.unread*2 > a.records:
		return fault.New(fault.Invalid, "products.mostly_unread", "n", a.unread, "all", a.records, "why", a.reason)
	}
	return nil
}

// kept returns a conflict if so few products remain of those that a feed had that
// its maker can hardly mean it.
func kept(was, is int, anyway bool) error {
	if !anyway && was >= fewest && is*2 < was {
		return fault.New(fault.Conflict, "products.shrunk", "was", was, "is", is)
	}
	return nil
}

// unbroken is arrive, of which what breaks it is a failure as any other: one that isn't
// noted with the feed would have it read again at each round, and nobody told that it
// can't be.
func (r *Refresher) unbroken(ctx context.Context, f *Feed, turn int64) (came arrived, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			r.Log.Error("reading a feed of products broke", "feed", f.ID, "stack", string(debug.Stack())) // the cause may have its address
			err = fmt.Errorf("reading feed %d broke", f.ID)
		}
	}()
	return r.arrive(ctx, f, turn)
}

// arrive reads a feed and keeps what it has beside what was there.
func (r *Refresher) arrive(ctx context.Context, f *Feed, turn int64) (came arrived, err error) {
	address, err := r.address(ctx, f.ID)
	if err != nil {
		return came, err
	}
	feed, err := r.Open(ctx, address, patience)
	if err != nil {
		return came, err
	}
	defer func() { _ = feed.Close() }()
	text, done, err := unpacked(feed)
	if err != nil {
		return came, err
	}
	defer done()
	in, err := records.Open(text, f.Mapping.Shape)
	if err != nil {
		return came, err
	}
	var batch []arrival
	for {
		record, err := in.Next()
		if errors.Is(err, io.EOF) {
			return came, r.take(ctx, f.ID, turn, batch, came.records)
		}
		if err != nil {
			return came, err
		}
		if came.records++; came.records > maxProducts {
			return came, fault.New(fault.Invalid, "products.too_many", "most", maxProducts)
		}
		offer, wrong := f.Mapping.Read(record)
		if wrong != nil {
			came.unread++
			came.ref, came.reason = offer.Ref, reasonOf(wrong)
		}
		if batch = append(batch, arrival{offer, wrong == nil}); len(batch) == atOnce {
			if err := r.take(ctx, f.ID, turn, batch, came.records); err != nil {
				return came, err
			}
			batch = batch[:0]
		}
	}
}

// arrival is a record, and whether it is a product.
type arrival struct {
	Offer
	read bool
}

// reasonOf says the first of what is wrong with a record.
func reasonOf(wrong error) words.Message {
	if told, is := errors.AsType[*fault.Error](wrong); is && len(told.Details) > 0 {
		return told.Details[0].Message
	}
	return words.OfError(wrong)
}

// next returns when a feed is due again. share is from 0 to 1, by chance: it spreads
// what is read.
func next(now time.Time, failures int, share float64) time.Time {
	if failures == 0 {
		return now.Add(daily*9/10 + time.Duration(share*float64(daily/5)))
	}
	pause := maxBackoff
	if failures < 7 {
		pause = min(backoff<<(failures-1), maxBackoff)
	}
	return now.Add(pause/2 + time.Duration(share*float64(pause)))
}

func chance() float64 { return rand.Float64() } //nolint:gosec // it spreads load

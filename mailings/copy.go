package mailings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/templates"
)

// How pictures are fetched: so many at once, and all within the time that a
// person waits for a page.
const (
	fetchAtOnce = 8
	fetchWithin = 80 * time.Second
)

// Fetch returns what stands at an address, of at most so many bytes.
type Fetch func(ctx context.Context, address string, most int) ([]byte, error)

// Copy is a picture of elsewhere, as it was when the revision was saved.
type Copy struct {
	Hash    string  `json:"hash,omitempty"`   // SHA-256 of its bytes in hex, which we serve
	Problem problem `json:"problem,omitzero"` // why there is none
}

// problem is a message that keeps its key in JSON.
type problem struct{ words.Message }

// MarshalJSON writes the message as columns hold it.
func (p problem) MarshalJSON() ([]byte, error) {
	text, err := p.Value()
	if text, is := text.(string); is {
		return []byte(text), err
	}
	return []byte("null"), err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *problem) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	return p.Scan(text)
}

var (
	_ json.Marshaler   = problem{}
	_ json.Unmarshaler = (*problem)(nil)
)

// IsZero reports whether there is no problem.
func (p problem) IsZero() bool { return p.Message.IsZero() }

// CopyBy returns the store, which copies pictures of elsewhere by fetch when a
// revision is saved. Without one nothing is copied, and what isn't copied isn't
// sent.
func (s *Store) CopyBy(fetch Fetch) *Store {
	s.fetch = fetch
	return s
}

// Copying is how far a save is with the pictures of elsewhere.
type Copying struct {
	Done, Of int
	Failed   int // of those done
}

type watchKey struct{}

// Watching returns a context in which a save tells how far it is with the pictures
// of elsewhere, one at a time. Whoever cancels it saves nothing.
func Watching(ctx context.Context, tell func(Copying)) context.Context {
	return context.WithValue(ctx, watchKey{}, tell)
}

// CopyAgain tries those pictures of elsewhere once more that the mailing's newest
// revision couldn't have, and keeps the others as they were shown. What came of it
// is the newest revision then. Returns a conflict if none was missing or came.
func (b *Workbench) CopyAgain(ctx context.Context, id ID, basedOn RevisionID, by accounts.UserID) (Revision, error) {
	content, err := b.Content(ctx, basedOn)
	if err != nil {
		return Revision{}, err
	}
	missing := len(content.Missing())
	if missing == 0 {
		return Revision{}, fault.New(fault.Conflict, "mailings.nothing_to_copy")
	}
	if err := b.copyPictures(ctx, &content); err != nil {
		return Revision{}, err
	}
	if len(content.Missing()) == missing {
		return Revision{}, fault.New(fault.Conflict, "mailings.copied_none", "n", missing)
	}
	content.copied = true
	r, _, err := b.Edit(ctx, id, basedOn, content, by)
	return r, err
}

// Missing are pictures of elsewhere that couldn't be had, each with why.
type Missing []words.Message

// Missing says which pictures of elsewhere the newest revision couldn't have, unless
// something was changed since, which is saved first.
func (b *Workbench) Missing(ctx context.Context, w WorkingCopy) (Missing, error) {
	if w.Changed() || w.Newest == 0 {
		return nil, nil
	}
	content, err := b.Content(ctx, w.Newest)
	return content.Missing(), err
}

// Missing says of each picture of elsewhere that couldn't be had why, in the order
// of their addresses.
func (c *Content) Missing() (found Missing) {
	for _, address := range slices.Sorted(maps.Keys(c.Copies)) {
		if made := c.Copies[address]; made.Hash == "" {
			found = append(found, words.Of("templates.picture_not_copied", "address", address, "problem", made.Problem.Message))
		}
	}
	return found
}

// copyPictures fetches, checks and keeps each picture of elsewhere that the
// content shows, as an uploaded creative is, and notes it in the content by its
// hash. What can't be had is noted with its reason: it may be saved, and not be
// submitted. What the content has already stays. It must not be called in a
// transaction.
func (s *Store) copyPictures(ctx context.Context, content *Content) error {
	if content.copied {
		return nil
	}
	had := content.Copies
	content.draft, content.Copies = false, nil
	program, _, err := s.compiler.Compile(ctx, content.TemplateInput())
	if fault.Is(err, fault.Invalid) {
		return nil // it can't be sent before it is understood
	}
	if err != nil || len(program.Pictures) == 0 {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	content.Copies = map[string]Copy{}
	tell, _ := ctx.Value(watchKey{}).(func(Copying))
	at := Copying{Of: len(program.Pictures)}
	var kept sync.Mutex
	note := func(address string, made Copy) {
		kept.Lock()
		defer kept.Unlock()
		content.Copies[address] = made
		at.Done++
		if made.Hash == "" {
			at.Failed++
		}
		if tell != nil {
			tell(at)
		}
	}
	var group errgroup.Group
	group.SetLimit(fetchAtOnce)
	for _, address := range program.Pictures {
		if had[address].Hash != "" {
			note(address, had[address])
			continue
		}
		group.Go(func() error {
			made, err := s.copyPicture(patient, address, program.Inlined[address])
			if ctx.Err() != nil {
				return fmt.Errorf("copy pictures: %w", ctx.Err())
			}
			note(address, made)
			return err
		})
	}
	return group.Wait()
}

// copyPicture keeps a picture: its bytes, if they are written into the mail.
func (s *Store) copyPicture(ctx context.Context, address string, data []byte) (_ Copy, err error) {
	switch {
	case data != nil:
	case s.fetch == nil:
		return Copy{Problem: problem{words.Of("mailings.not_fetched")}}, nil
	default:
		data, err = s.fetch(ctx, address, campaigns.MaxCreative)
	}
	if err == nil {
		var creative campaigns.Creative
		if creative, err = s.creatives.Put(ctx, data); err == nil {
			return Copy{Hash: creative.Hash.String()}, nil
		}
	}
	if ctx.Err() != nil {
		return Copy{Problem: problem{words.Of("mailings.not_fetched_in_time")}}, nil
	}
	own, is := errors.AsType[*fault.Error](err)
	if !is || own.Kind == fault.Internal {
		return Copy{}, err
	}
	if len(own.Details) > 0 {
		return Copy{Problem: problem{own.Details[0].Message}}, nil
	}
	return Copy{Problem: problem{own.Message}}, nil
}

// copies returns the copies as templates use them.
func (c *Content) copies() map[string]templates.Copy {
	found := make(map[string]templates.Copy, len(c.Copies))
	for address, made := range c.Copies {
		found[address] = templates.Copy{Hash: made.Hash, Problem: made.Problem.Message}
	}
	return found
}

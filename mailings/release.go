package mailings

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"keur/accounts"
	"keur/internal/actors"
	"keur/internal/words"
	"keur/mailings/schedules"
	"keur/segments"
)

// Release is what somebody let a held send go on from: the reason as it was
// shown to them, with its numbers.
type Release struct {
	Reason   words.Message     `json:"reason"`
	By       actors.User       `json:"released_by"`
	At       time.Time         `json:"released_at"`
	ProvenBy string            `json:"proof" doc:"How who released it proved to be who they are"`
	TokenID  *accounts.TokenID `json:"token_id,omitempty" doc:"By which API token; absent: by none"`
}

// Clearance is an act by which a send goes out that wouldn't have: a release, or a
// new slot for one that missed its own, which has no reason.
type Clearance struct {
	Subject  string              `db:"subject"` // its row, as the audit trail names it
	Slot     schedules.LocalTime `db:"slot"`    // which the send has from then on
	Reason   words.Message       `db:"reason"`
	By       accounts.UserID     `db:"user_id"`
	At       time.Time           `db:"made_at"`
	ProvenBy string              `db:"proven_by"` // how they proved to be who they are
	TokenID  *accounts.TokenID   `db:"token_id"`  // by which API token; nil: by none
}

// Releases are those of one send, the first first. Each stands: a send that is
// held for two things in turn takes two, and neither is asked again.
type Releases []Release

// Of returns the reasons of one kind.
func (r Releases) Of(key string) []words.Message {
	var reasons []words.Message
	for _, release := range r {
		if release.Reason.Key == key {
			reasons = append(reasons, release.Reason)
		}
	}
	return reasons
}

// counting are the places of a reason to hold that count members or their mails.
var counting = []string{"now", "approved", "gone", "fresh", "members", "mails"}

// CoarseReason returns why a send is held as who only looks is told it: its
// numbers of members roughly.
func CoarseReason(reason words.Message) words.Message {
	told := words.Message{Key: reason.Key, Args: slices.Clone(reason.Args)}
	for _, place := range counting {
		at := slices.Index(told.Args, any(place))
		if n, is := reason.Number(place); is && at >= 0 {
			told.Args[at+1] = segments.Roughly(int(n))
		}
	}
	return told
}

// Scan reads releases as the database gathers them.
func (r *Releases) Scan(src any) error {
	*r = nil
	text, is := src.([]byte)
	if !is {
		return fmt.Errorf("releases can't be read from %T", src)
	}
	var rows []struct {
		Release
		Reason json.RawMessage `json:"reason"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		release := row.Release
		if err := release.Reason.Scan([]byte(row.Reason)); err != nil {
			return err
		}
		*r = append(*r, release)
	}
	return nil
}

package mailings

import (
	"encoding/json"
	"fmt"
	"time"

	"keur/accounts"
	"keur/internal/words"
)

// Release is what somebody let a held send go on from: the reason as it was
// shown to them, with its numbers.
type Release struct {
	Reason words.Message   `json:"reason"`
	By     accounts.UserID `json:"by"`
	At     time.Time       `json:"at"`
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

// Scan reads releases as the database gathers them.
func (r *Releases) Scan(src any) error {
	*r = nil
	text, is := src.([]byte)
	if !is {
		return fmt.Errorf("releases can't be read from %T", src)
	}
	var rows []struct {
		Reason json.RawMessage
		By     accounts.UserID
		At     time.Time
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		release := Release{By: row.By, At: row.At}
		if err := release.Reason.Scan([]byte(row.Reason)); err != nil {
			return err
		}
		*r = append(*r, release)
	}
	return nil
}

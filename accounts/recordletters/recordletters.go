// Package recordletters mails admins when a record by which a label mails no
// longer holds.
package recordletters

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/notices"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/domains"
)

// Sender writes the letters.
type Sender struct {
	Notices *notices.Store
	DeskURL string // where staff reach the desk: scheme and host, no slash at its end
}

// Broke queues a letter to each admin about what broke of a label.
func (s *Sender) Broke(ctx context.Context, tx *sqlx.Tx, l labels.Label, broken []domains.Kept) error {
	admins, err := accounts.AdminsIn(ctx, tx)
	if err != nil {
		return err
	}
	for _, u := range admins {
		say := words.In(u.Locale)
		var lines []string
		for _, k := range broken {
			line := say.Sentence(words.Of("domains.record", "record", k.Record, "name", k.Name, "said", k.Said))
			if k.Publish != "" {
				line += "\n" + k.Publish
			}
			lines = append(lines, line)
		}
		letter := notices.Write(u.Locale, "record_letter.broke", "name", u.Name, "label", l.Name, "lines", strings.Join(lines, "\n\n"),
			"url", s.DeskURL+"/settings/dkim?label="+l.Code+"#records-"+l.Code)
		key := fmt.Sprintf("records:%d:%d:%s", l.ID, broken[0].FailsSince.UnixMicro(), u.Email)
		if err := s.Notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: u.Email, Letter: letter}); err != nil {
			return err
		}
	}
	return nil
}

package letters

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"keur/internal/notices"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/letterhead"
	"keur/mailings"
	"keur/templates"
)

//go:embed client.html
var clientSource string

var clientPage = letterhead.Parse(clientSource)

// Client is what the letter with a client's link says.
type Client struct {
	Facts
	Say     words.Speaker
	Why     string
	Subject string // as members read it
	Note    string
	Look    labels.Label
	Picture templates.Picture // the client's own, in the mail
}

// Of writes the letter about a content, to the client that has the number: as
// plain text, and in the label's look.
func (l *Client) Of(
	ctx context.Context, compiler *templates.Compiler, content *mailings.Content, client int64,
) (notices.Letter, error) {
	if err := l.show(ctx, compiler, content, client); err != nil {
		return notices.Letter{}, err
	}
	return l.write()
}

// show takes the subjects, as members read them, and the client's picture.
func (l *Client) show(ctx context.Context, compiler *templates.Compiler, content *mailings.Content, client int64) error {
	program, _, _, err := content.Compile(ctx, compiler)
	if err != nil {
		return err
	}
	var subjects []string
	for i := range content.Subjects {
		mail, err := program.Preview(i, program.Typical(), templates.DeadURLs{Base: content.Label.PublicURL})
		if err != nil {
			return err
		}
		subjects = append(subjects, mail.Subject)
	}
	l.Subject = strings.Join(subjects, " · ")
	for _, p := range content.TemplateInput().Placements {
		placed, _ := content.Placement(p.Key)
		if l.Picture.URL == "" && placed.AdvertiserID == client {
			l.Picture = p.Picture
		}
	}
	return nil
}

func (l *Client) write() (notices.Letter, error) {
	before := l.Note
	if before != "" {
		before += "\n\n"
	}
	says := notices.Write(l.Say.Locale, "approval_letter."+l.Why, "name", l.Name, "mailing", l.Mailing, "label", l.Label, "url", l.URL,
		"asker", l.Asker, "moment", l.Moment, "until", l.Due(), "subject", l.Subject, "note", before)
	if l.Asker != "" {
		says.FromName = l.Say.T("approval_letter.from", "asker", l.Asker, "label", l.Label)
	}
	var page bytes.Buffer
	if err := clientPage.Execute(&page, l); err != nil {
		return says, fmt.Errorf("write the letter to a client: %w", err)
	}
	says.HTML = page.String()
	return says, nil
}

// Due says until when the client may decide.
func (l *Client) Due() string { return l.Say.Moment(l.Until, time.Time{}, l.Until.Location()) }

// Carried reports whether nothing is asked of the client: their verdict counts on,
// and they are told what changed.
func (l *Client) Carried() bool { return l.Why == "carried" }

// Head returns what the letter has around its words.
func (l *Client) Head() letterhead.Head {
	button := l.Say.T("approval_letter.look")
	if l.Carried() {
		button = l.Say.T("approval_letter.look_carried")
	}
	return letterhead.Head{Label: l.Look, Locale: l.Say.Locale, Title: l.Mailing, URL: l.URL, Button: button}
}

// Paragraphs returns the note's lines.
func (l *Client) Paragraphs() []string { return strings.Split(l.Note, "\n") }

// Width returns how wide the picture is shown, in pixels.
func (l *Client) Width() int { return min(max(l.Picture.Width, 1), 520) }

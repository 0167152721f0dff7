package networks

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"keur/internal/form"
)

// Newsreader is an adapter of a network that writes news of its programmes.
// Capabilities.News says so as well.
type Newsreader interface {
	// News answers one page of all that it still shows. A cursor is the adapter's
	// own text, empty for the first page.
	News(ctx context.Context, c *Client, cursor string) (Bulletin, error)
}

// Bulletin is a page of a network's news.
type Bulletin struct {
	Notices []Notice
	Unread  []Unread
	Next    string // the cursor of the next page; empty: that was all
}

// Notice is one that a network wrote, in its own words. Of its markup nothing is kept.
type Notice struct {
	Ref       string // the network's number
	Programme string // the network's number of it; empty: it is about none
	Name      string // of the programme
	Kind      ChangeKind
	Title     string
	Text      string
	Published time.Time
	Expires   *time.Time // not within
	Raw       json.RawMessage
}

// MaxNotice bounds what is kept of a notice, in characters.
const MaxNotice = 2000

// Take adds a notice as it was read, with what of it can't be: then it is unread.
func (b *Bulletin) Take(n Notice, read *Reader) {
	n.Ref, n.Programme = strings.TrimSpace(n.Ref), strings.TrimSpace(n.Programme)
	if n.Ref == "" || !untaggedLine(n.Ref) || !untaggedLine(n.Programme) {
		read.wrong.Add("ref", "networks.ref", "most", form.MaxName)
	}
	n.Text = OneLine(Plain(n.Text), MaxNotice)
	n.Title = cmp.Or(OneLine(Plain(n.Title), form.MaxName), OneLine(n.Text, form.MaxName), n.Ref)
	n.Name = cmp.Or(OneLine(n.Name, form.MaxName), n.Programme)
	n.Published, n.Expires = micro(n.Published), microOf(n.Expires)
	if n.Published.Year() < 2000 || n.Published.Year() > 2100 {
		read.wrong.Add("published_at", "input.day_range")
	}
	if err := read.wrong.Err(); err != nil {
		b.Unread = append(b.Unread, Unread{n.Ref, err, n.Raw})
		return
	}
	b.Notices = append(b.Notices, n)
}

// newsSweep is the repeated question for all news.
func newsSweep() Sweep { return Sweep{Name: "news", Every: 24 * time.Hour} }

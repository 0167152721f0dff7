package demo

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // decodes what isn't UTF-8

	"keur/internal/inbox"
)

// Letter is a mail as the one who got it can use it. Links are paths of the
// public server.
type Letter struct {
	To, ReturnPath string
	Came           time.Time
	Text           string   // for people who read: contacts and departments
	Pixel          string   // what opening the mail fetches
	Links          []string // what can be clicked
	Hidden         string   // the link that only machines find
	Unsubscribe    string   // of List-Unsubscribe
	View           string   // the mail as a page
	Preferences    string   // the member's page
}

// MailReader reads each mail that arrives.
type MailReader struct {
	public string

	mu      sync.Mutex
	letters []*Letter
}

// NewMailReader returns a reader of mail that leads to a public server.
func NewMailReader(public string) *MailReader { return &MailReader{public: public} }

// Take reads a mail. Of those that can't be read nothing can be used either.
func (p *MailReader) Take(m inbox.Mail) {
	l := &Letter{To: strings.Join(m.To, ","), ReturnPath: m.From, Came: m.Received}
	entity, err := message.Read(bytes.NewReader(m.Data))
	if entity == nil || err != nil && !message.IsUnknownCharset(err) {
		return
	}
	if _, path, found := strings.Cut(entity.Header.Get("List-Unsubscribe"), "<"+p.public); found {
		l.Unsubscribe, _, _ = strings.Cut(path, ">")
	}
	_ = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, _ := part.Header.ContentType()
		toMember := l.Unsubscribe != "" // of these there are thousands, and nobody reads their text
		if kind != "text/html" && (kind != "text/plain" || toMember) {
			return nil
		}
		body, err := io.ReadAll(part.Body)
		if kind == "text/html" {
			l.scan(string(body), p.public)
		} else {
			l.Text = string(body)
		}
		return err
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
}

// scan finds the public server's links in the HTML. The one that no person sees
// comes right before the pixel.
func (l *Letter) scan(html, public string) {
	for {
		_, rest, found := strings.Cut(html, public)
		end := strings.IndexAny(rest, `"'<> `)
		if !found || end < 0 {
			return
		}
		link := rest[:end]
		html = rest[end:]
		tag, _, _ := strings.Cut(html, ">")
		switch hidden := strings.Contains(tag, "display:none"); {
		case strings.HasPrefix(link, "/o/"):
			l.Pixel = link
		case strings.HasPrefix(link, "/v/"):
			l.View = link
		case strings.HasPrefix(link, "/p/"):
			l.Preferences = link
		case strings.HasPrefix(link, "/c/") && hidden:
			l.Hidden = link
		case strings.HasPrefix(link, "/c/") && !slices.Contains(l.Links, link):
			l.Links = append(l.Links, link)
		}
	}
}

// Collect hands out the mails that members got since then, in the order of their
// addresses, and keeps no mail to members.
func (p *MailReader) Collect(since time.Time) (got []*Letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = slices.DeleteFunc(p.letters, func(l *Letter) bool {
		if l.Unsubscribe != "" && !l.Came.Before(since) {
			got = append(got, l)
		}
		return l.Unsubscribe != ""
	})
	slices.SortFunc(got, func(a, b *Letter) int { return strings.Compare(a.To, b.To) })
	return got
}

var invitation = regexp.MustCompile(`https?://[^/\s]+(/a(?:nswer)?/\S+)`)

// Invitations returns the paths of the links that were mailed to a contact or a
// department about something, the newest first.
func (p *MailReader) Invitations(to, about string) (paths []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range slices.Backward(p.letters) {
		if l.To != to || !strings.Contains(l.Text, about) {
			continue
		}
		for _, found := range invitation.FindAllStringSubmatch(l.Text, -1) {
			paths = append(paths, found[1])
		}
	}
	return paths
}

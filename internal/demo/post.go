package demo

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // decodes what isn't UTF-8

	"keur/internal/inbox"
)

// letter is a mail as the one who got it can use it.
type letter struct {
	to, returnPath string
	came           time.Time
	text           string   // for people who read: contacts and colleagues
	pixel          string   // what opening the mail fetches
	links          []string // what can be clicked
	hidden         string   // the link that only machines find
	unsubscribe    string   // of List-Unsubscribe
	view           string   // the mail as a page
	preferences    string   // the member's page
}

// post is the post office: it reads each mail that arrives.
type post struct {
	public string

	mu      sync.Mutex
	letters []*letter
}

func newPost(public string) *post { return &post{public: public} }

// take reads a mail. Of those that can't be read nothing can be used either.
func (p *post) take(m inbox.Mail) {
	l := &letter{to: strings.Join(m.To, ","), returnPath: m.From, came: m.Received}
	entity, err := message.Read(bytes.NewReader(m.Data))
	if entity == nil || err != nil && !message.IsUnknownCharset(err) {
		return
	}
	for field := range strings.SplitSeq(entity.Header.Get("List-Unsubscribe"), ",") {
		if url := strings.Trim(strings.TrimSpace(field), "<>"); strings.HasPrefix(url, "http") {
			l.unsubscribe = url
		}
	}
	_ = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, _ := part.Header.ContentType()
		if kind != "text/plain" && kind != "text/html" {
			return nil // its parts come next
		}
		body, err := io.ReadAll(part.Body)
		if kind == "text/html" {
			l.scan(string(body), p.public)
		} else {
			l.text = string(body)
		}
		return err
	})
	if l.unsubscribe != "" {
		l.text = "" // a member's mail, of which there are thousands
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
}

// scan finds the public addresses in the HTML. The one that no person sees
// comes right before the pixel.
func (l *letter) scan(html, public string) {
	for rest := html; ; {
		at := strings.Index(rest, public)
		if at < 0 {
			return
		}
		hidden := false
		rest = rest[at:]
		end := strings.IndexAny(rest, `"'<> `)
		if end < 0 {
			return
		}
		url := rest[:end]
		if tag, _, closed := strings.Cut(rest[end:], ">"); closed {
			hidden = strings.Contains(tag, "display:none")
		}
		rest = rest[end:]
		switch path := url[len(public):]; {
		case strings.HasPrefix(path, "/o/"):
			l.pixel = url
		case strings.HasPrefix(path, "/v/"):
			l.view = url
		case strings.HasPrefix(path, "/p/"):
			l.preferences = url
		case strings.HasPrefix(path, "/c/") && hidden:
			l.hidden = url
		case strings.HasPrefix(path, "/c/") && !slices.Contains(l.links, url):
			l.links = append(l.links, url)
		}
	}
}

// toMembers returns the mails that members got since then: an earlier demo that
// was stopped may have left some to send.
func (p *post) toMembers(since time.Time) []*letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.letters), func(l *letter) bool { return l.unsubscribe == "" || l.came.Before(since) })
}

// find returns the newest mail to the address that holds the text.
func (p *post) find(to, text string) *letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range slices.Backward(p.letters) {
		if l.to == to && strings.Contains(l.text, text) {
			return l
		}
	}
	return nil
}

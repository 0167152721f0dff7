package history

import (
	"bytes"
	"context"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"sync"

	"keur/delivery"
	"keur/tracking"
)

// Post takes all mail of history, in this process. It is the transport of the
// worker and of the notices.
type Post struct {
	ring *tracking.Keyring

	mu          sync.Mutex
	letters     map[int64][]letter  // to members, by send
	invitations map[string][]string // to clients and departments: tokens of links, by address
}

// letter is a member's mail, as much of it as the member needs to act.
type letter struct {
	ref        tracking.Ref
	domain     string
	returnPath string
}

// NewPost returns a post that knows the mail's tokens by the ring.
func NewPost(ring *tracking.Keyring) *Post {
	return &Post{ring: ring, letters: map[int64][]letter{}, invitations: map[string][]string{}}
}

// Dial returns a connection, which is the post itself.
func (p *Post) Dial(context.Context) (delivery.Conn, error) { return p, nil }

// Healthy reports that the post is always open.
func (p *Post) Healthy() bool { return true }

// Close does nothing: the post stays open.
func (p *Post) Close() error { return nil }

// unsubscribeMark is what a member's token follows in List-Unsubscribe.
var unsubscribeMark = []byte("/u/")

const (
	tokenLength = 34
	headerPart  = 4 << 10 // enough for the header of any mail
)

// Send takes a mail. Now and then a member's mailbox is gone.
func (p *Post) Send(_ context.Context, m delivery.Message) delivery.Reply {
	header := m.Data[:min(len(m.Data), headerPart)]
	at := bytes.Index(header, unsubscribeMark)
	if at < 0 || at+len(unsubscribeMark)+tokenLength > len(header) {
		p.takeNotice(m)
		return delivery.Reply{Outcome: delivery.Accepted, Step: delivery.AtEnd, Code: 250}
	}
	at += len(unsubscribeMark)
	ref, ok := p.ring.Parse(tracking.Unsubscribe, string(header[at:at+tokenLength]))
	if !ok {
		return delivery.Reply{Outcome: delivery.Rejected, Step: delivery.AtEnd, Code: 554, Text: "this mail can't be unsubscribed from"}
	}
	if luck(m.Recipient, ref.Send)%1000 < 4 {
		return delivery.Reply{Outcome: delivery.Rejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1", Text: "no such user here"}
	}
	_, domain, _ := strings.Cut(m.Recipient, "@")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters[ref.Send] = append(p.letters[ref.Send], letter{ref, domain, m.ReturnPath})
	return delivery.Reply{Outcome: delivery.Accepted, Step: delivery.AtEnd, Code: 250}
}

var linkShape = regexp.MustCompile(`/a(?:nswer)?/([A-Za-z0-9_-]{43,})`)

// takeNotice keeps the links that a mail to a client or a department holds.
func (p *Post) takeNotice(m delivery.Message) {
	text := bytes.ReplaceAll(m.Data, []byte("=\r\n"), nil) // quoted-printable breaks long lines
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, found := range linkShape.FindAllSubmatch(text, -1) {
		p.invitations[m.Recipient] = append(p.invitations[m.Recipient], string(found[1]))
	}
}

// collect hands out the letters of a send, in the order of their members.
func (p *Post) collect(send int64) []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	letters := p.letters[send]
	delete(p.letters, send)
	slices.SortFunc(letters, func(a, b letter) int { return int(a.ref.Member - b.ref.Member) })
	return letters
}

// tokensOf returns the links that were mailed to an address, the newest first.
func (p *Post) tokensOf(address string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	tokens := slices.Clone(p.invitations[address])
	slices.Reverse(tokens)
	return tokens
}

// luck is a number that an address draws for a send, the same each time.
func luck(address string, send int64) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(address))
	_, _ = h.Write([]byte{byte(send), byte(send >> 8)})
	return h.Sum32()
}

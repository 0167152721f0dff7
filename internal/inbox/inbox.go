// Package inbox catches mail instead of sending it: an SMTP server for this
// machine, whose mail stays in bounded memory, and pages to read it. Labels
// without a route, the demo and tests deliver here.
package inbox

import (
	"bytes"
	"cmp"
	"strings"
	"sync"
	"time"

	"keur/internal/clock"
)

// Limits bound what is kept; the oldest mail goes first. Zero means the
// default.
type Limits struct {
	Mails int   // 2,000
	Bytes int64 // 64 MiB
}

// Mail is one that was caught. Data is only read.
type Mail struct {
	ID       int64 // counts from 1
	From     string
	To       []string
	Received time.Time
	Data     []byte
}

// Inbox keeps the latest mails. Any number of goroutines may use it.
type Inbox struct {
	limits  Limits
	clock   clock.Clock
	buffers sync.Pool // mails come by the thousand a second, and only their exact size is kept

	mu    sync.RWMutex
	mails []Mail // in order of ID, without gaps
	bytes int64  // of the mails kept
	last  int64  // the latest ID, and so the count of all mails ever
	watch func(Mail)
}

// New returns an empty inbox.
func New(limits Limits, now clock.Clock) *Inbox {
	limits.Mails = cmp.Or(limits.Mails, 2000)
	limits.Bytes = cmp.Or(limits.Bytes, 64<<20)
	return &Inbox{limits: limits, clock: now, buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// Received returns how many mails have been caught, those no longer kept included.
func (i *Inbox) Received() int64 {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.last
}

// Get returns one mail. Returns false if it never was, or is no longer kept.
func (i *Inbox) Get(id int64) (Mail, bool) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if len(i.mails) == 0 || id < i.mails[0].ID || id > i.last {
		return Mail{}, false
	}
	return i.mails[id-i.mails[0].ID], true
}

// Find returns at most limit mails, the latest first: those before the ID, if
// it isn't 0, and with a recipient that holds the text, whatever its case.
func (i *Inbox) Find(recipient string, before int64, limit int) []Mail {
	recipient = strings.ToLower(strings.TrimSpace(recipient))
	i.mu.RLock()
	defer i.mu.RUnlock()
	var found []Mail
	for n := len(i.mails) - 1; n >= 0 && len(found) < limit; n-- {
		m := i.mails[n]
		if before != 0 && m.ID >= before {
			continue
		}
		if strings.Contains(strings.ToLower(strings.Join(m.To, " ")), recipient) {
			found = append(found, m)
		}
	}
	return found
}

// Watch has see called with each mail that arrives from now on, by several
// goroutines at once, before its sender is answered.
func (i *Inbox) Watch(see func(Mail)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.watch = see
}

// add takes a mail in.
func (i *Inbox) add(from string, to []string, data []byte) {
	m := Mail{From: from, To: to, Received: i.clock.Now(), Data: data}
	if watch := i.keep(&m); watch != nil {
		watch(m)
	}
}

// keep gives the mail its ID and keeps it, dropping the oldest where the limits
// ask for it; the latest stays, however large it is. Returns who watches.
func (i *Inbox) keep(m *Mail) func(Mail) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last++
	m.ID = i.last
	i.mails = append(i.mails, *m)
	i.bytes += int64(len(m.Data))
	for len(i.mails) > 1 && (len(i.mails) > i.limits.Mails || i.bytes > i.limits.Bytes) {
		i.bytes -= int64(len(i.mails[0].Data))
		i.mails[0] = Mail{} // append moves only what is kept, so this must not hold on to the data
		i.mails = i.mails[1:]
	}
	return i.watch
}

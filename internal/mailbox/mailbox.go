// Package mailbox takes letters out of a mailbox by IMAP (RFC 3501, RFC 9051):
// a way in for bounces and complaints where mail to our addresses goes to a
// provider. It takes what is unread, and marks it as read once it was taken.
package mailbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	excerpt   = 10 << 20         // octets of a letter that are read; reports stand in front of what they quote
	atOnce    = 50               // letters that are asked for in one go
	lookAgain = 5 * time.Minute  // while the server says nothing; some forget to
	polled    = time.Minute      // between looks where the server can't say that there is mail (RFC 2177)
	firstWait = time.Second      // before another connection is tried, twice as long each time
	longest   = 5 * time.Minute  // of these
	dialWait  = 30 * time.Second // for a connection
)

// Mailbox is where letters come in.
type Mailbox struct {
	host, address    string
	user, password   string
	folder           string
	implicit, opened bool // TLS from the start; none at all
	// TLS may be changed before Run, such as by a test with a certificate of its own.
	TLS *tls.Config
	// Take takes a letter. An error leaves it unread, to be taken again later, so
	// what was done before must bear being done twice.
	Take func(ctx context.Context, letter io.Reader) error
	Log  *slog.Logger
}

// New reads an address such as imaps://user:password@mail.example/INBOX. With
// imap the connection turns to TLS before anything is said (STARTTLS), but for
// this machine's own. Without a folder it is INBOX. Its errors don't tell the
// password.
func New(address string) (*Mailbox, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User == nil || u.User.Username() == "" {
		return nil, errors.New("a mailbox is named as imaps://user:password@mail.example/INBOX, " +
			"with what isn't a letter or digit in user and password as %40")
	}
	password, _ := u.User.Password()
	m := &Mailbox{host: u.Hostname(), user: u.User.Username(), password: password, folder: strings.Trim(u.Path, "/")}
	if m.folder == "" {
		m.folder = "INBOX"
	}
	port := u.Port()
	switch u.Scheme {
	case "imaps":
		m.implicit = true
		if port == "" {
			port = "993"
		}
	case "imap":
		ip := net.ParseIP(m.host)
		m.opened = m.host == "localhost" || ip != nil && ip.IsLoopback()
		if port == "" {
			port = "143"
		}
	default:
		return nil, fmt.Errorf("a mailbox is reached by imaps or imap, not by %q", u.Scheme)
	}
	m.address = net.JoinHostPort(m.host, port)
	return m, nil
}

// Run takes letters until ctx ends. What fails is tried again, later each time.
func (m *Mailbox) Run(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, longest) {
		began := time.Now()
		err := m.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > longest {
			wait = firstWait
		}
		m.Log.Warn("the mailbox of bounces can't be read", "host", m.host, "again_in", wait, "cause", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// session takes letters over one connection, as long as it lasts.
func (m *Mailbox) session(ctx context.Context) error {
	news := make(chan struct{}, 1)
	client, err := m.connect(&imapclient.Options{
		Dialer:    &net.Dialer{Timeout: dialWait},
		TLSConfig: m.TLS,
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				select {
				case news <- struct{}{}:
				default: // it is known already
				}
			}
		}},
	})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	if err := client.Login(m.user, m.password).Wait(); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if _, err := client.Select(m.folder, nil).Wait(); err != nil {
		return fmt.Errorf("open the folder %s: %w", m.folder, err)
	}
	for {
		if err := m.takeUnread(ctx, client); err != nil {
			return err
		}
		if err := await(ctx, client, news); err != nil {
			return err
		}
	}
}

func (m *Mailbox) connect(options *imapclient.Options) (*imapclient.Client, error) {
	switch {
	case m.implicit:
		return imapclient.DialTLS(m.address, options)
	case m.opened:
		return imapclient.DialInsecure(m.address, options)
	}
	return imapclient.DialStartTLS(m.address, options)
}

// await waits until the server says that there is mail, or for a while.
func await(ctx context.Context, client *imapclient.Client, news <-chan struct{}) error {
	most := polled
	var idle *imapclient.IdleCommand
	if caps := client.Caps(); caps.Has(imap.CapIdle) || caps.Has(imap.CapIMAP4rev2) {
		var err error
		if idle, err = client.Idle(); err != nil {
			return fmt.Errorf("wait for mail: %w", err)
		}
		most = lookAgain
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-client.Closed():
		return errors.New("the connection ended")
	case <-news:
	case <-timer.C:
	}
	if idle == nil {
		return client.Noop().Wait()
	}
	if err := idle.Close(); err != nil {
		return fmt.Errorf("wait for mail: %w", err)
	}
	return idle.Wait()
}

// takeUnread takes all letters that are unread. One that can't be taken stays
// so, and holds up no other.
func (m *Mailbox) takeUnread(ctx context.Context, client *imapclient.Client) error {
	found, err := client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return fmt.Errorf("look for unread letters: %w", err)
	}
	unread := found.AllUIDs()
	for len(unread) > 0 {
		some := unread[:min(atOnce, len(unread))]
		unread = unread[len(some):]
		taken, err := m.takeSome(ctx, client, imap.UIDSetNum(some...))
		if err != nil {
			return err
		}
		if len(taken) == 0 {
			continue
		}
		seen := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
		if err := client.Store(imap.UIDSetNum(taken...), seen, nil).Close(); err != nil {
			return fmt.Errorf("mark letters as read: %w", err)
		}
	}
	return nil
}

// takeSome takes some letters, and returns which were.
func (m *Mailbox) takeSome(ctx context.Context, client *imapclient.Client, some imap.UIDSet) (taken []imap.UID, err error) {
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: excerpt}}
	fetch := client.Fetch(some, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{body}})
	for message := fetch.Next(); message != nil; message = fetch.Next() {
		var uid imap.UID
		var letter []byte
		for item := message.Next(); item != nil; item = message.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				uid = item.UID
			case imapclient.FetchItemDataBodySection:
				if item.Literal == nil {
					continue // it is gone meanwhile
				}
				if letter, err = io.ReadAll(io.LimitReader(item.Literal, excerpt)); err != nil {
					return taken, errors.Join(err, fetch.Close())
				}
			}
		}
		if uid == 0 || letter == nil {
			continue
		}
		if err := m.Take(ctx, bytes.NewReader(letter)); err != nil {
			m.Log.Error("a letter of the mailbox isn't taken yet", "uid", uid, "cause", err)
			continue
		}
		taken = append(taken, uid)
	}
	return taken, fetch.Close()
}

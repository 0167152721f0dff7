// Package lists reads files of addresses, or of their hashes, that a label must not
// mail, into its suppression list.
package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/standing"
	"keur/members/imports/tabular"
)

// Options say how a suppression list is read.
type Options struct {
	Label    labels.ID
	FileName string
	Reason   members.Reason // of entries whose row has none
	Rejects  func(imports.Reject) error
}

// Result is what became of a suppression list.
type Result struct {
	Rows       int64 `json:"rows"`
	Added      int64 `json:"added"`      // entries that the label's list didn't have
	Suppressed int64 `json:"suppressed"` // members who are suppressed by it, and weren't for its reason
	Rejected   int64 `json:"rejected"`   // rows without an address or hash
}

// listPage is how many entries are added in one transaction.
const listPage = 5000

// Import adds the addresses of a file, or their hashes, to the label's suppression
// list, and suppresses the members who have them. Whoever becomes a member with
// one of them later is suppressed too. The entries are in the column of the
// address, or in the first that has one or a hash; the file needs no header. A
// column of statuses says why, and who isn't suppressed at all. Returns an invalid
// fault if the file can't be understood.
func Import(ctx context.Context, store *members.Store, o Options, file io.Reader) (Result, error) {
	seekable, done, err := tabular.Spool(file)
	if err != nil {
		return Result{}, err
	}
	defer done()
	table, err := tabular.Open(seekable, "")
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = table.Close() }()
	rows, err := table.Rows(0)
	if err != nil {
		return Result{}, err
	}
	l, err := newLister(store, o, rows.Header)
	if err != nil {
		return Result{}, err
	}
	if l.headless {
		header := make([][]byte, len(rows.Header))
		for i, h := range rows.Header {
			header[i] = []byte(h)
		}
		if err := l.add(ctx, 1, header); err != nil {
			return l.result, err
		}
	}
	for {
		line, fields, err := rows.Read()
		var bad *tabular.BadRow
		switch {
		case errors.Is(err, io.EOF):
			return l.finish(ctx)
		case errors.As(err, &bad):
			err = l.reject(imports.Reject{Row: line, Reason: bad.Reason, Whole: true})
		case err == nil:
			err = l.add(ctx, line, fields)
		}
		if err != nil {
			return l.result, err
		}
	}
}

// lister reads the rows of a suppression list.
type lister struct {
	lists    *members.Lists
	options  Options
	column   int
	statuses []*standing.Column // by column; nil: no status
	headless bool               // the first line is an entry
	page     []members.Listing
	result   Result
}

func newLister(store *members.Store, o Options, header []string) (*lister, error) {
	l := &lister{lists: members.NewLists(store), options: o, column: -1, statuses: make([]*standing.Column, len(header))}
	for i, h := range header {
		_, isEntry := entryOf(h)
		if known, ok := standing.Known(h, header); ok && known.Filled == "" {
			l.statuses[i] = &known
		}
		switch {
		case l.column >= 0:
		case isEntry:
			l.column, l.headless = i, true
		case imports.IsAddressHeader(h), hashHeaders[standing.Fold(h)]:
			l.column = i
		}
	}
	if l.column < 0 {
		return nil, fault.New(fault.Invalid, "members.list_without_entries")
	}
	return l, nil
}

// hashHeaders are headers, folded, over hashes of addresses.
var hashHeaders = standing.Words(`hash emailhash hashedemail emailhashed md5 emailmd5 md5email md5hash sha1 emailsha1 sha1hash sha256 emailsha256
	sha256email sha256hash hashedaddress addresshash`)

// entryOf reads an address or the hash of one.
func entryOf(s string) (members.Listing, bool) {
	if hash, ok := members.AddressHash(s); ok {
		return members.Listing{Hash: hash}, true
	}
	a, err := members.ParseAddress(s)
	return members.Listing{Address: a}, err == nil
}

// add takes one row in.
func (l *lister) add(ctx context.Context, line int64, fields [][]byte) error {
	l.result.Rows++
	entry, ok := entryOf(string(fields[l.column]))
	if !ok {
		return l.reject(imports.Reject{Row: line, Reason: words.Of("members.list_without_entries"), Whole: true})
	}
	if entry.Reason, ok = l.reason(fields); !ok {
		return nil
	}
	if l.page = append(l.page, entry); len(l.page) < listPage {
		return nil
	}
	return l.flush(ctx)
}

// reason returns why a row is on the list; false if it says that it isn't.
func (l *lister) reason(fields [][]byte) (members.Reason, bool) {
	found := standing.Set(0)
	for i, c := range l.statuses {
		if c != nil {
			s, _ := c.Standing(strings.TrimSpace(string(fields[i])))
			found |= s
		}
	}
	switch found.Gravest() {
	case standing.Complained:
		return members.Complaint, true
	case standing.Unsubscribed, standing.Declined:
		return members.Unsubscribe, true
	case standing.Bounced:
		return members.HardBounce, true
	case standing.Subscribed:
		return "", false
	}
	return l.options.Reason, true
}

func (l *lister) reject(r imports.Reject) error {
	l.result.Rejected++
	if l.options.Rejects == nil {
		return nil
	}
	return l.options.Rejects(r)
}

func (l *lister) flush(ctx context.Context) error {
	added, err := l.lists.Add(ctx, l.options.Label, slices.Clone(l.page), l.options.FileName)
	l.page, l.result.Added = l.page[:0], l.result.Added+added
	return err
}

func (l *lister) finish(ctx context.Context) (Result, error) {
	if err := l.flush(ctx); err != nil {
		return l.result, err
	}
	var err error
	if l.result.Suppressed, err = l.lists.Suppress(ctx, l.options.Label); err != nil {
		return l.result, fmt.Errorf("suppress members of the list: %w", err)
	}
	return l.result, nil
}

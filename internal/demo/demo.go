// Package demo plays a publisher's day on a running Keur, from the members'
// CSV to the table of outcomes, through nothing but its doors: the API, the
// public pages, the mailboxes of members, and the SMTP listener for what comes
// back. It is what make demo shows, and the main line's test.
package demo

import (
	"context"
	"io"
	"time"

	"keur/internal/inbox"
)

// Config says where the doors of the Keur are that the demo plays on.
type Config struct {
	API    string // URL of the API
	Public string // URL of the public door
	Inbox  string // URL of the capture inbox's page
	Mailin string // address of the SMTP listener for what comes back
	Admin  string // API token of an admin

	AdminEmail string

	DatabaseURL string       // as the application's role, to try what it may not do
	Mailboxes   *inbox.Inbox // where the mail arrives
	// Token makes an API token for a user, as keur user token does.
	Token func(ctx context.Context, email string) (string, error)
	// Password sets a user's password, as keur user passwd does.
	Password func(ctx context.Context, email, password string) error
	// History lets the months before happen, once the members are there, and
	// then lets the present begin.
	History func(ctx context.Context, cast Cast) (string, error)
	// Import imports a file of members, as keur import members does. Columns
	// names the headers that don't speak for themselves.
	Import func(ctx context.Context, label int, file string, columns map[string]string) (Imported, error)

	Members int    // how many; two labels share them
	Folder  string // for the files of members
	Out     io.Writer
}

// Imported is what an import did.
type Imported struct{ Inserted, Updated, Unchanged, Rejected int64 }

// Cast says who acts in the months before, by their addresses, and where links
// lead.
type Cast struct {
	Planner, Editor, Colleague, Admin string
	Shop                              string // URL of what stands for the shops
}

// Password opens the account of everyone in the demo.
const Password = "herfst op de fiets"

// Result is what there is to look at afterwards.
type Result struct {
	Took   time.Duration
	Pages  []Page // of members
	People []Hired
}

// Page is something to look at.
type Page struct{ What, Where string }

// Hired is one of the people, to act as.
type Hired struct{ Name, Role, Email, Token string }

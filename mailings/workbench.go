package mailings

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/templates/lint"
)

// Workbench is where planners work on mailings between two revisions.
type Workbench struct {
	*Store
	composer *Composer
}

// NewWorkbench returns a workbench over the store, whose copies composer reads.
func NewWorkbench(s *Store, composer *Composer) *Workbench { return &Workbench{s, composer} }

// Open returns the working copy of a mailing. If nobody changed anything since
// the newest revision, it is what that revision says; before the first, it is blank.
func (b *Workbench) Open(ctx context.Context, m *Mailing) (WorkingCopy, error) {
	w, found, err := b.load(ctx, b.db, m)
	if err != nil || found {
		return w, err
	}
	if m.RevisionID == nil {
		w.Brief = Blank()
		return w, nil
	}
	content, err := b.Content(ctx, *m.RevisionID)
	if err != nil {
		return w, err
	}
	w.Brief, err = b.composer.Brief(ctx, m, &content)
	return w, err
}

// Begin makes a mailing with a working copy that holds what it starts from. m
// says its label, name and kind, and what it is a copy of.
func (b *Workbench) Begin(ctx context.Context, m Mailing, start Brief, by accounts.UserID) (made Mailing, err error) {
	err = postgres.InTx(ctx, b.db, func(tx *sqlx.Tx) (err error) {
		made, err = b.BeginIn(ctx, tx, m, start, by)
		return err
	})
	return made, err
}

// BeginIn is Begin within the caller's transaction.
func (b *Workbench) BeginIn(ctx context.Context, tx *sqlx.Tx, m Mailing, start Brief, by accounts.UserID) (Mailing, error) {
	made, err := b.create(ctx, tx, m)
	if err != nil {
		return made, err
	}
	w, _, err := b.load(ctx, tx, &made)
	if err != nil {
		return made, err
	}
	if err := w.Change(ContentPart, 0, by, b.clock.Now(), func(d *Brief) error { *d = start; return nil }); err != nil {
		return made, err
	}
	return made, b.keep(ctx, tx, &w)
}

// Change alters a part of the working copy of a mailing that was read just now,
// or begins one. It names the version of the part that the change was made on,
// and returns a conflict if somebody changed that part since; the copy that is
// returned is theirs.
func (b *Workbench) Change(
	ctx context.Context, read Mailing, part Part, version int, by accounts.UserID, change func(*Brief) error,
) (WorkingCopy, error) {
	// Opened before the lock: a revision doesn't change, and the mailing's newest
	// is compared again below.
	start, err := b.Open(ctx, &read)
	if err != nil {
		return start, err
	}
	w := start
	err = postgres.InTx(ctx, b.db, func(tx *sqlx.Tx) error {
		m, err := b.lock(ctx, tx, read.ID)
		if err != nil {
			return err
		}
		if m.Ended() {
			return fault.New(fault.Conflict, "mailings.not_editable", "state", m.State)
		}
		kept, found, err := b.load(ctx, tx, &m)
		if err != nil {
			return err
		}
		if w = start; found {
			w = kept
		} else if start.Changed() || start.BasedOn != kept.Newest {
			return fault.New(fault.Conflict, "mailings.saved_meanwhile")
		}
		if err := w.Change(part, version, by, b.clock.Now(), change); err != nil {
			return err
		}
		return b.keep(ctx, tx, &w)
	})
	return w, err
}

// Save turns the working copy of a mailing that was read just now into its
// newest revision. Any approval falls, as at every edit. Returns a conflict if
// the copy isn't at the version any more, or isn't based on the newest revision.
func (b *Workbench) Save(ctx context.Context, m Mailing, version int, by accounts.UserID) (Revision, []lint.Finding, error) {
	w, err := b.Open(ctx, &m)
	if err != nil {
		return Revision{}, nil, err
	}
	if !w.Changed() {
		return Revision{}, nil, fault.New(fault.Conflict, "mailings.nothing_changed", "revision", w.BasedOn)
	}
	content, err := b.composer.Compose(ctx, &m, w.Brief)
	if err != nil {
		return Revision{}, nil, err
	}
	return b.edit(ctx, m.ID, w.BasedOn, content, by, func(tx *sqlx.Tx) error { return b.clear(ctx, tx, m.ID, version) })
}

// Rebase puts a working copy that was overtaken on top of the newest revision.
func (b *Workbench) Rebase(ctx context.Context, id ID) error {
	return postgres.InTx(ctx, b.db, func(tx *sqlx.Tx) error {
		m, err := b.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		w, found, err := b.load(ctx, tx, &m)
		if err != nil || !found {
			return err
		}
		w.BasedOn = w.Newest
		return b.keep(ctx, tx, &w)
	})
}

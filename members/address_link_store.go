package members

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// AddressLinks lets members change their address themselves. Who asks proves by a
// link that the new address is theirs, and the old one is told, with a link to
// take it back. What asking answers tells nothing of other members: that an
// address is somebody's is told in a mail to that address alone.
type AddressLinks struct {
	moves   *Moves
	notices *notices.Store
}

// NewAddressLinks returns the store of these links.
func NewAddressLinks(members *Store, letters *notices.Store) *AddressLinks {
	return &AddressLinks{moves: NewMoves(members), notices: letters}
}

const addressLinkColumns = `id, member_id, label_id, from_key, address, address_key, takes_back, made_at, expires_at, ended_at`

// Ask mails a link to the address, under which the member takes it. Nothing else
// changes. Returns an invalid fault of the field address for what is none, a
// limited one after three within a day, and no error where the address can't be
// had: if a member who is mailed has it, they are told; who is erased or
// suppressed isn't written to.
func (s *AddressLinks) Ask(ctx context.Context, label labels.Label, id ID, address string) error {
	a, err := ParseAddress(address)
	if err != nil {
		var wrong fault.List
		wrong.Note("address", words.OfError(err))
		return wrong.Err()
	}
	return postgres.InTx(ctx, s.moves.members.db, func(tx *sqlx.Tx) error {
		from, err := s.keyOf(ctx, tx, id, label.ID)
		if err != nil {
			return err
		}
		asked, err := s.count(ctx, tx, id, a.Key)
		if err != nil {
			return err
		}
		if asked.ByMember >= asksADay {
			return ErrAsksTooOften
		}
		letter, err := s.letterFor(ctx, tx, label.ID, a.Key)
		if err != nil {
			return err
		}
		link := AddressLink{Member: id, Label: label.ID, FromKey: from, Address: a.Mail, Key: a.Key}
		token, err := s.keep(ctx, tx, &link, confirmLife) // whatever becomes of it, so that the time it takes tells nothing
		if err != nil || letter == "" || asked.ForAddress >= asksADay {
			return err
		}
		return s.notices.Queue(ctx, tx, addressLetter(label, letter, link.ID, a.Mail, "url", label.PublicURL+"/m/"+token))
	})
}

// Open returns the link that token opens, for the page that asks whether to take
// its address. Returns ErrLinkOver, a not-found fault, if none is good.
func (s *AddressLinks) Open(ctx context.Context, token string) (link AddressLink, err error) {
	err = postgres.InTx(ctx, s.moves.members.db, func(tx *sqlx.Tx) error {
		link, _, err = s.good(ctx, tx, token)
		return err
	})
	return link, err
}

// Follow gives the member the address of the link that token opens, ends their
// other links, and tells the address that they left. Returns what Open does, and
// ErrAnothers or ErrErased if the address can't be had any more.
func (s *AddressLinks) Follow(ctx context.Context, label labels.Label, token string) error {
	return postgres.InTx(ctx, s.moves.members.db, func(tx *sqlx.Tx) error {
		link, left, err := s.good(ctx, tx, token)
		if err != nil {
			return err
		}
		if link.Label != label.ID {
			return ErrLinkOver
		}
		a, err := ParseAddress(link.Address)
		if err != nil {
			return err
		}
		if err := s.moves.MoveIn(ctx, tx, EveryLabel, link.Member, a); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE address_links SET ended_at = $2 WHERE member_id = $1 AND ended_at IS NULL`, link.Member, s.now()); err != nil {
			return postgres.Fault(err, "thing.address_links")
		}
		return s.tellLeft(ctx, tx, label, link, left)
	})
}

// tellLeft writes to the address that the member left, with a link to take it
// back, unless it is being taken back: that ends it.
func (s *AddressLinks) tellLeft(ctx context.Context, tx *sqlx.Tx, label labels.Label, used AddressLink, left string) error {
	if used.TakesBack {
		return s.notices.Queue(ctx, tx, addressLetter(label, "address_letter.taken_back", used.ID, left))
	}
	back := AddressLink{Member: used.Member, Label: label.ID, FromKey: used.Key, Address: left, Key: used.FromKey, TakesBack: true}
	token, err := s.keep(ctx, tx, &back, takeBackLife)
	if err != nil {
		return err
	}
	return s.notices.Queue(ctx, tx, addressLetter(label, "address_letter.changed", used.ID, left, "url", label.PublicURL+"/m/"+token))
}

// good returns the link that token opens and the address that its member has now.
// The member is locked, so that of two at once one finds the link used.
func (s *AddressLinks) good(ctx context.Context, tx *sqlx.Tx, token string) (link AddressLink, address string, err error) {
	if err := tx.GetContext(ctx, &link, `
		SELECT `+addressLinkColumns+` FROM address_links WHERE id = secret_id('address_links', $1)`, []byte(token)); err != nil {
		return link, "", overIfMissing(postgres.Fault(err, "thing.address_links"))
	}
	var member struct {
		Address string `db:"address"`
		Key     string `db:"address_key"`
	}
	if err := tx.GetContext(ctx, &member, `
		SELECT address, address_key FROM members WHERE id = $1 FOR UPDATE`, link.Member); err != nil {
		return link, "", overIfMissing(postgres.Fault(err, "thing.member", "id", link.Member))
	}
	if err := tx.GetContext(ctx, &link.EndedAt, `SELECT ended_at FROM address_links WHERE id = $1`, link.ID); err != nil {
		return link, "", postgres.Fault(err, "thing.address_links")
	}
	return link, member.Address, link.Check(member.Key, s.now())
}

func overIfMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return ErrLinkOver
	}
	return err
}

// keyOf returns what a member of the label is compared by, and locks them, so that
// of two who ask at once one counts the other.
func (s *AddressLinks) keyOf(ctx context.Context, tx *sqlx.Tx, id ID, label labels.ID) (key string, err error) {
	err = tx.GetContext(ctx, &key, `
		SELECT address_key FROM members
		 WHERE id = $1 AND EXISTS (SELECT FROM memberships WHERE label_id = $2 AND member_id = $1) FOR UPDATE`, id, label)
	return key, postgres.Fault(err, "thing.member", "id", id)
}

// count returns how often the member asked within a day, and how often the
// address was asked for.
func (s *AddressLinks) count(ctx context.Context, tx *sqlx.Tx, id ID, key string) (asked struct{ ByMember, ForAddress int }, err error) {
	since := s.now().Add(-24 * time.Hour)
	err = tx.QueryRowxContext(ctx, `
		SELECT (SELECT count(*) FROM address_links WHERE member_id = $1 AND made_at > $3 AND NOT takes_back),
		       (SELECT count(*) FROM address_links WHERE address_key = $2 AND made_at > $3 AND NOT takes_back)`, id, key, since).
		Scan(&asked.ByMember, &asked.ForAddress)
	return asked, postgres.Fault(err, "thing.address_links")
}

// letterFor returns which letter goes to an address that is asked for: to confirm
// it, that it is a member's already, or none to who isn't written to.
func (s *AddressLinks) letterFor(ctx context.Context, tx *sqlx.Tx, label labels.ID, key string) (string, error) {
	erased, err := s.moves.members.ErasedAmong(ctx, tx, []string{key})
	if err != nil {
		return "", err
	}
	listed, err := ListedAmong(ctx, tx, label, []string{key})
	if err != nil {
		return "", err
	}
	var of struct{ Known, Stopped bool }
	if err := tx.GetContext(ctx, &of, `
		SELECT EXISTS (SELECT FROM members WHERE address_key = $1) AS known,
		       EXISTS (SELECT FROM members m JOIN suppressions s ON s.member_id = m.id
		                WHERE m.address_key = $1 AND s.label_id IN (0, $2)) AS stopped`, key, label); err != nil {
		return "", postgres.Fault(err, "thing.address_links")
	}
	switch {
	case len(erased) > 0, len(listed) > 0, of.Stopped:
		return "", nil
	case of.Known:
		return "address_letter.known", nil
	}
	return "address_letter.confirm", nil
}

// keep writes a link down and returns its token. Those that are long over go.
func (s *AddressLinks) keep(ctx context.Context, tx *sqlx.Tx, link *AddressLink, life time.Duration) (string, error) {
	token, hash := newAddressToken()
	link.MadeAt = s.now()
	link.ExpiresAt = link.MadeAt.Add(life)
	if _, err := tx.ExecContext(ctx, `DELETE FROM address_links WHERE expires_at < $1`, link.MadeAt.Add(-24*time.Hour)); err != nil {
		return "", postgres.Fault(err, "thing.address_links")
	}
	err := tx.GetContext(ctx, &link.ID, `
		INSERT INTO address_links (token_hash, member_id, label_id, from_key, address, address_key, takes_back, made_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		hash, link.Member, link.Label, link.FromKey, link.Address, link.Key, link.TakesBack, link.MadeAt, link.ExpiresAt)
	return token, postgres.Fault(err, "thing.address_links")
}

func (s *AddressLinks) now() time.Time { return s.moves.members.clock.Now() }

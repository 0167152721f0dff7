package shown

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/templates/faces"
	"keur/templates/lang"
)

// fresh is how long a count of faces is good enough to submit with. Which faces
// there can be does not hang on it.
const fresh = time.Hour

// Store keeps faces.
type Store struct {
	db       *sqlx.DB
	clock    clock.Clock
	mailings *mailings.Store
	members  *members.Store
	reach    *mailings.Reach
	compiler *templates.Compiler
	key      postgres.Key // by which the program says that a set is its own
}

// NewStore returns a store over db.
func NewStore(
	db *sqlx.DB, clk clock.Clock, made *mailings.Store, people *members.Store, reach *mailings.Reach, compiler *templates.Compiler,
	key postgres.Key,
) *Store {
	return &Store{db, clk, made, people, reach, compiler, key}
}

// Current returns the faces of the mailing's newest revision, counted over its
// audience within the last hour. Returns an Invalid fault when there are too
// many, or its source can't be understood.
func (s *Store) Current(ctx context.Context, m *mailings.Mailing) (Set, error) {
	if m.RevisionID == nil {
		return Set{}, fault.New(fault.Conflict, "mailings.no_content")
	}
	var known SetID
	if err := s.db.GetContext(ctx, &known, `
		SELECT coalesce(max(id), 0) FROM face_sets WHERE revision_id = $1 AND counted_at > $2 AND faces_sealed(id)`, *m.RevisionID,
		s.clock.Now().Add(-fresh)); err != nil {
		return Set{}, postgres.Fault(err, "thing.mailing", "id", m.ID)
	}
	if known != 0 {
		return s.Set(ctx, known)
	}
	set, err := s.count(ctx, m)
	if err != nil {
		return set, err
	}
	return set, s.insert(ctx, &set)
}

// Named is Current for a round, which names the set: rendered once more, so that
// what was shown is what this program makes of it.
func (s *Store) Named(ctx context.Context, m *mailings.Mailing) (*SetID, error) {
	set, err := s.Current(ctx, m)
	if err != nil {
		return nil, err
	}
	return &set.ID, s.Verify(ctx, &set.ID)
}

// count derives the faces of the newest revision of m from its conditions, and
// counts its audience over them.
func (s *Store) count(ctx context.Context, m *mailings.Mailing) (Set, error) {
	set := Set{RevisionID: *m.RevisionID, CountedAt: s.clock.Now()}
	content, err := s.mailings.Content(ctx, set.RevisionID)
	if err != nil {
		return set, err
	}
	program, _, _, err := content.Compile(ctx, s.compiler)
	if err != nil {
		return set, err
	}
	tally, err := s.tally(ctx, m, &content, program.Outline)
	if err != nil {
		return set, err
	}
	var weights []int
	for _, subject := range content.Subjects {
		weights = append(weights, subject.Weight)
	}
	found, err := faces.Of(program.Outline, tally, weights)
	if err != nil {
		return set, err
	}
	for _, f := range found {
		face := Face{
			Number: len(set.Faces) + 1, Variant: f.Variant, Members: f.Members, Sample: Sample{},
			Branches: branchesOf(program.Outline, f.Vector, tally),
		}
		for i, name := range program.Outline.Fields {
			face.Sample[name] = f.Values[i]
		}
		digest, err := program.FaceDigest(f.Variant, f.Values, content.Label.PublicURL)
		if err != nil {
			return set, err
		}
		face.Digest = digest
		if same := slices.IndexFunc(set.Faces, func(other Face) bool { return other.Digest == face.Digest }); same >= 0 {
			set.Faces[same].Members += f.Members // branches that say the same
			continue
		}
		set.Faces = append(set.Faces, face)
	}
	return set, nil
}

// tally counts the audience by what its members are shown.
func (s *Store) tally(ctx context.Context, m *mailings.Mailing, content *mailings.Content, o *lang.Outline) (*faces.Tally, error) {
	slot, err := content.FirstSlot(s.clock.Now())
	if err != nil {
		slot = time.Time{} // it has passed: as of now
	}
	asked := o.Asked()
	names := make([]string, len(asked))
	for i, field := range asked {
		names[i] = o.Fields[field]
	}
	columns, err := s.members.FieldSQL(ctx, m.LabelID, names)
	if err != nil {
		return nil, err
	}
	tally := faces.NewTally(o)
	all := make([]string, len(o.Fields))
	err = s.reach.Kinds(ctx, m, content, slot, columns, func(values []string, n int) {
		for i, field := range asked {
			all[field] = values[i]
		}
		tally.Add(all, n)
	})
	return tally, err
}

// branchesOf says what holds for a face, and for how many members.
func branchesOf(o *lang.Outline, vector []int, tally *faces.Tally) Branches {
	all := Branches{}
	for i, outcome := range vector {
		c := &o.Choices[i]
		if outcome == lang.Unreached || c.Variants > 0 {
			continue
		}
		b := Branch{Text: c.Text(), Members: tally.Members(lang.Branch{Choice: i, Outcome: outcome})}
		if outcome < len(c.Conds) {
			b.Text, b.Holds = c.Conds[outcome].Text, true
		}
		all = append(all, b)
	}
	return all
}

func (s *Store) insert(ctx context.Context, set *Set) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &set.ID, `
			INSERT INTO face_sets (revision_id, counted_at) VALUES ($1, $2) RETURNING id`, set.RevisionID, set.CountedAt); err != nil {
			return postgres.Fault(err, "thing.revision", "id", set.RevisionID)
		}
		_, err := tx.NamedExecContext(ctx, `
			INSERT INTO faces (set_id, number, digest, variant, members, branches, sample)
			VALUES (:set_id, :number, :digest, :variant, :members, :branches, :sample)`, set.rows())
		if err != nil {
			return postgres.Fault(err, "thing.revision", "id", set.RevisionID)
		}
		return s.seal(ctx, tx, set.ID)
	})
}

// seal gives the program's word for a set that it derived just now.
func (s *Store) seal(ctx context.Context, tx *sqlx.Tx, id SetID) error {
	var hash []byte
	if err := tx.GetContext(ctx, &hash, `SELECT faces_hash($1)`, id); err != nil {
		return postgres.Fault(err, "thing.faces", "id", id)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO face_seals (set_id, hash, mac) VALUES ($1, $2, $3)`,
		id, hash, s.key.Mint("face_seals", int64(id), hash))
	return postgres.Fault(err, "thing.faces", "id", id)
}

// setFace is a face as its row.
type setFace struct {
	SetID SetID `db:"set_id"`
	Face
}

func (s *Set) rows() (rows []setFace) {
	for _, f := range s.Faces {
		rows = append(rows, setFace{s.ID, f})
	}
	return rows
}

// Set returns a set with its faces, or a NotFound fault.
func (s *Store) Set(ctx context.Context, id SetID) (Set, error) {
	var set Set
	if err := s.db.GetContext(ctx, &set, `SELECT id, revision_id, counted_at FROM face_sets WHERE id = $1`, id); err != nil {
		return set, postgres.Fault(err, "thing.faces", "id", id)
	}
	var err error
	set.Faces, err = Faces(ctx, s.db, &id)
	return set, err
}

// OfRound returns the faces of a round by the set that it names, or a Conflict
// fault if it was submitted without any.
func (s *Store) OfRound(ctx context.Context, id *SetID) (Set, error) {
	if id == nil {
		return Set{}, fault.New(fault.Conflict, "approval.no_such_face", "number", 1)
	}
	return s.Set(ctx, *id)
}

// Faces returns the faces of a set; there are none of nil.
func Faces(ctx context.Context, q sqlx.QueryerContext, id *SetID) ([]Face, error) {
	found := []Face{}
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT number, digest, variant, members, branches, sample FROM faces WHERE set_id = $1 ORDER BY number`, id)
	return found, postgres.Fault(err, "thing.faces", "id", id)
}

// Show renders a face. Or is the word that stands before a standard text.
// Returns a Conflict fault if this version of Keur renders it otherwise than
// when it was counted.
func (s *Store) Show(ctx context.Context, set *Set, number int, or string) (templates.FaceView, error) {
	face, err := set.Face(number)
	if err != nil {
		return templates.FaceView{}, err
	}
	content, err := s.mailings.Content(ctx, set.RevisionID)
	if err != nil {
		return templates.FaceView{}, err
	}
	program, _, _, err := content.Compile(ctx, s.compiler)
	if err != nil {
		return templates.FaceView{}, err
	}
	view, err := program.Face(face.Variant, face.Sample.of(program.Outline), content.Label.PublicURL, or)
	if err != nil {
		return view, fmt.Errorf("show face %d of revision %d: %w", number, set.RevisionID, err)
	}
	if view.Digest != face.Digest {
		return view, fault.New(fault.Conflict, "scheduler.renders_otherwise")
	}
	return view, nil
}

// Verify returns a Conflict fault if the faces of a round aren't those that the
// program derived, or if this version of Keur renders one otherwise than every
// party was shown it.
func (s *Store) Verify(ctx context.Context, id *SetID) error {
	if id == nil {
		return nil
	}
	var sealed bool
	if err := s.db.GetContext(ctx, &sealed, `SELECT faces_sealed($1)`, *id); err != nil {
		return postgres.Fault(err, "thing.faces", "id", *id)
	}
	if !sealed {
		return fault.New(fault.Conflict, "approval.faces_unsealed")
	}
	set, err := s.Set(ctx, *id)
	for i := range set.Faces {
		if err == nil {
			_, err = s.Show(ctx, &set, set.Faces[i].Number, "")
		}
	}
	return err
}

// Note records that whoever acts was shown a face.
func (s *Store) Note(ctx context.Context, set *Set, number int) error {
	face, err := set.Face(number)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO face_views (revision_id, digest, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			set.RevisionID, face.Digest, s.clock.Now())
		return postgres.Fault(err, "thing.faces", "id", set.ID)
	})
}

// Seen returns the numbers of the faces of a set that an actor, such as
// user:4, was shown: on pages, or by the API token that the transaction is of.
func Seen(ctx context.Context, q sqlx.QueryerContext, id *SetID, actor string) (Numbers, error) {
	seen := Numbers{}
	err := sqlx.SelectContext(ctx, q, &seen, `SELECT faces_seen($1, $2)`, id, actor)
	return seen, postgres.Fault(err, "thing.faces", "id", id)
}

// Unseen returns which faces of a revision, as it was last put up, whoever acts
// in the transaction wasn't shown: "2, 3", or "".
func Unseen(ctx context.Context, tx *sqlx.Tx, revision mailings.RevisionID) (numbers string, err error) {
	err = tx.GetContext(ctx, &numbers, `SELECT coalesce(unseen_of($1), '')`, revision)
	return numbers, postgres.Fault(err, "thing.revision", "id", revision)
}

// DemandSeen returns a conflict if whoever acts wasn't shown each face of the
// revision, or didn't open each attachment. The database asks the same (demand_seen).
func DemandSeen(ctx context.Context, tx *sqlx.Tx, revision mailings.RevisionID) error {
	unseen, err := Unseen(ctx, tx, revision)
	if err == nil && unseen != "" {
		err = fault.New(fault.Conflict, "approval.faces_unseen", "faces", unseen)
	}
	if err != nil {
		return err
	}
	files, err := Attachments(ctx, tx, revision)
	if err != nil || len(files) == 0 {
		return err
	}
	var actor string
	if err := tx.GetContext(ctx, &actor, `SELECT current_actor()`); err != nil {
		return postgres.Fault(err, "thing.revision", "id", revision)
	}
	opened, err := Opened(ctx, tx, revision, actor)
	if err != nil {
		return err
	}
	return Unopened(files, opened)
}

// Unseen is Unseen outside of a transaction.
func (s *Store) Unseen(ctx context.Context, revision mailings.RevisionID) (numbers string, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		numbers, err = Unseen(ctx, tx, revision)
		return err
	})
	return numbers, err
}

// SeenBy is Seen outside of a transaction.
func (s *Store) SeenBy(ctx context.Context, id SetID, actor string) (seen Numbers, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		seen, err = Seen(ctx, tx, &id, actor)
		return err
	})
	return seen, err
}

// Package mails shows the faces of a mailing as several screens do: the distinct
// mails that its conditions make, each with its text part, and which of them
// the user has seen.
package mails

import (
	"fmt"
	"net/http"
	"slices"

	"keur/approval"
	"keur/approval/shown"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/members"
	"keur/segments/explain"
	"keur/templates"
	"keur/web/desk"
)

// Reader reads faces and takes in that they were seen.
type Reader struct {
	Approval *approval.Engine
	Members  *members.Store
}

// Faces are the faces of a mailing for a page.
type Faces struct {
	Base    string // path under which their frames and forms are
	Shown   []Face
	Seen    int
	Trouble string // why there are none

	Attachments []Attachment // PDFs that go with them
}

// Attachment is one of them, and whether the user opened it.
type Attachment struct {
	attachments.File
	Base   string
	Number int
	Opened bool

	Missing bool // nobody can open it
}

// Face is one of them.
type Face struct {
	shown.Face
	templates.FaceView
	Base       string
	Of         int
	Seen       bool
	Conditions []Condition
}

// Condition is one of a face's, in words.
type Condition struct {
	shown.Branch
	Said string
}

// ID is what the face is called in the page.
func (f Face) ID() string { return fmt.Sprintf("face-%d", f.Number) }

// All reports whether the user has seen all faces.
func (f Faces) All() bool { return f.Seen == len(f.Shown) }

// Of returns the faces of a set. Their frames and forms are under base.
func (r Reader) Of(x *desk.Exchange, set *shown.Set, base string) (Faces, error) {
	faces := Faces{Base: base}
	seen, err := r.Approval.Faces.SeenBy(x.Context(), set.ID, x.User.ID.Actor())
	if err != nil {
		return faces, err
	}
	own, err := members.NewAttributes(r.Members).ValueWords(x.Context(), x.Label.ID)
	if err != nil {
		return faces, err
	}
	shown := *set
	desk.Kept(x, &shown)
	for _, f := range shown.Faces {
		view, err := r.Approval.Faces.Show(x.Context(), set, f.Number, x.Say.T("faces.or"))
		if err != nil {
			return faces, err
		}
		face := Face{Face: f, FaceView: view, Base: base, Of: len(set.Faces), Seen: slices.Contains(seen, f.Number)}
		for _, b := range f.Branches {
			face.Conditions = append(face.Conditions, Condition{b, words.Capital(explain.Condition(own, b.Text, b.Holds, x.Say.Locale))})
		}
		faces.Shown = append(faces.Shown, face)
	}
	faces.Seen = len(seen)
	faces.Attachments, err = r.attachments(x, set.RevisionID, base)
	return faces, err
}

// attachments returns the files that go with a revision.
func (r Reader) attachments(x *desk.Exchange, id mailings.RevisionID, base string) (all []Attachment, err error) {
	files, err := r.Approval.Faces.Files(x.Context(), id)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	opened, err := r.Approval.Faces.OpenedBy(x.Context(), id, x.User.ID.Actor())
	if err != nil {
		return nil, err
	}
	missing, err := r.Approval.Faces.Missing(x.Context(), files)
	for i, f := range files {
		all = append(all, Attachment{f, base, i + 1, slices.Contains(opened, i+1), slices.Contains(missing, i+1)})
	}
	return all, err
}

// File writes the file of a revision whose number stands in the path.
func (r Reader) File(x *desk.Exchange, id mailings.RevisionID) error {
	number, err := x.ID("number")
	if err != nil {
		return err
	}
	f, data, err := r.Approval.Faces.Open(x.Context(), id, int(number))
	if err != nil {
		return err
	}
	r.Send(x, f, data)
	return nil
}

// Send writes a file so that it is looked at by itself, and reaches nothing here.
func (r Reader) Send(x *desk.Exchange, f attachments.File, data []byte) {
	for name, value := range attachments.Headers(f) {
		x.Header(name, value)
	}
	x.Send(http.StatusOK, attachments.Type, data)
}

// Opened records that the user opens the file, and leads to it, under base.
func (r Reader) Opened(x *desk.Exchange, id mailings.RevisionID, base string) error {
	number, err := x.ID("number")
	if err != nil {
		return err
	}
	if err := r.Approval.Faces.NoteOpened(x.Context(), id, int(number)); err != nil {
		return err
	}
	x.Redirect(http.StatusSeeOther, fmt.Sprintf("%s/attachments/%d", base, number))
	return nil
}

// Frame writes a face alone, for a frame of the page.
func (r Reader) Frame(x *desk.Exchange, set *shown.Set) error {
	number, err := x.ID("number")
	if err != nil {
		return err
	}
	view, err := r.Approval.Faces.Show(x.Context(), set, int(number), x.Say.T("faces.or"))
	if err != nil {
		return err
	}
	x.Header("Content-Security-Policy", desk.FacePolicy(view.Pictures))
	x.Send(http.StatusOK, "text/html; charset=utf-8", []byte(view.Read(x.Query("as"))))
	return nil
}

// Note records that the user has seen a face, and goes back to it on the page.
func (r Reader) Note(x *desk.Exchange, set *shown.Set, page string) error {
	number, err := x.ID("number")
	if err != nil {
		return err
	}
	if err := r.Approval.Faces.Note(x.Context(), set, int(number)); err != nil {
		return err
	}
	return x.GoTo(fmt.Sprintf("%s#face-%d", page, number))
}

package attachment

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/approval/policies"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/web/desk"
)

// view is the page: the files as they are being worked on, what the policy takes
// of them, and what they come to.
type view struct {
	Mailing  mailings.Mailing
	Files    []file
	Policy   policies.Policy
	Refused  string // why they can't be put up for approval as they are
	Version  int    // of the mailing's content
	Form     desk.Form
	MayEdit  bool
	Standing bool // an approval falls with the next change
}

// file is one of them. What is wrong with it stands in the form under its number.
type file struct {
	attachments.File
	Number  int
	Missing bool // nobody can open it
}

// many is the number of members by which the page says what files come to.
const many = 10_000

// Members is how many members' mails the page sums up.
func (view) Members() int { return many }

// PerMail is by how many bytes each mail grows.
func (v view) PerMail() (size int) {
	for _, f := range v.Files {
		size += attachments.Encoded(f.Size)
	}
	return size
}

// InAll is what so many mails grow by.
func (v view) InAll() int { return v.PerMail() * many }

// Most is how large a file may be at all.
func (view) Most() int { return attachments.MaxBytes }

func (s *Screen) page(x *desk.Exchange) error {
	view, err := s.read(x, desk.Form{})
	if err != nil {
		return err
	}
	return x.Show("attachment/page", view)
}

func (s *Screen) read(x *desk.Exchange, f desk.Form) (v view, err error) {
	v.Mailing, v.Form = desk.Found[mailings.Mailing](x), f
	work, err := s.Workbench.Open(x.Context(), &v.Mailing)
	if err != nil {
		return v, err
	}
	content, err := s.Composer.Appearance(x.Context(), &v.Mailing, work.Brief)
	if err != nil && !fault.Is(err, fault.Invalid) { // it needn't be whole
		return v, err
	}
	if v.Files, err = s.files(x, work.Brief.Attachments, content.Attachments); err != nil {
		return v, err
	}
	v.Version = work.Changes[mailings.ContentPart].Version
	v.MayEdit = x.Can(accounts.Planner) && !v.Mailing.Ended()
	switch v.Mailing.State {
	case mailings.InReview, mailings.Approved, mailings.Scheduled:
		v.Standing = v.MayEdit && !work.Changed()
	}
	if v.Policy, err = s.Approval.Policies.For(x.Context(), v.Mailing.LabelID, content.Advertisers()); err != nil {
		return v, err
	}
	if refused, is := desk.AsFault(v.Policy.TakesFiles(content.Attachments)); is {
		v.Refused = x.Say.Sentence(refused.Message)
	}
	return v, nil
}

// files returns those of a brief under their numbers in it, also those that are missing
// and so no part of the content: they can be removed or replaced.
func (s *Screen) files(x *desk.Exchange, brought []mailings.BriefAttachment, found []attachments.File) (all []file, err error) {
	missing, err := s.Mailings.Attachments.Missing(x.Context(), found)
	if err != nil {
		return nil, err
	}
	for i, b := range brought {
		at := slices.IndexFunc(found, func(f attachments.File) bool { return f.Hash == b.Hash })
		one := file{File: attachments.File{Name: b.Name, Hash: b.Hash}, Number: i + 1, Missing: at < 0 || slices.Contains(missing, at+1)}
		if at >= 0 {
			one.File = found[at]
		}
		all = append(all, one)
	}
	return all, nil
}

// change does what a button of the page says: add files, or rename, replace, move up
// or remove one by its number.
func (s *Screen) change(x *desk.Exchange) error {
	f, uploads, err := desk.ReadFormWithFiles(x, "file", attachments.MaxBytes)
	if err != nil {
		return s.again(x, f, err)
	}
	brought, err := s.keep(x, &f, uploads)
	if err != nil {
		return err
	}
	verb, about, _ := strings.Cut(f.Get("do"), ":")
	if (verb == "add" || verb == "replace") && len(uploads) == 0 {
		f.Refuse("file"+about, x.Say.Sentence(words.Of("input.file_missing")))
	}
	if f.Wrong() {
		return s.again(x, f, desk.ErrInvalid)
	}
	_, err = s.Workbench.Change(x.Context(), desk.Found[mailings.Mailing](x), mailings.ContentPart, f.Number("version"), x.User.ID,
		func(d *mailings.Brief) error { return changed(d, verb, about, brought, f) })
	if err != nil {
		return s.again(x, f, err)
	}
	return x.GoTo(path(desk.Found[mailings.Mailing](x).ID))
}

// keep looks at what was uploaded and keeps it. What is wrong with a file is said
// beside the field, by the name under which it came.
func (s *Screen) keep(x *desk.Exchange, f *desk.Form, uploads []desk.Upload) (brought []mailings.BriefAttachment, err error) {
	_, about, _ := strings.Cut(f.Get("do"), ":")
	var wrong []string
	for _, up := range uploads {
		name, err := attachments.NameOf(up.Name)
		var a attachments.Attachment
		if err == nil {
			a, err = s.Mailings.Attachments.Put(x.Context(), desk.Found[mailings.Mailing](x).LabelID, up.Bytes)
		}
		told, is := desk.AsFault(err)
		switch {
		case err == nil:
			brought = append(brought, mailings.BriefAttachment{Hash: a.Hash.String(), Name: name})
		case is && told.Kind == fault.Invalid && len(told.Details) > 0:
			wrong = append(wrong, x.Say.T("attachments.of_file", "name", up.Name, "wrong", told.Details[0].Message))
		default:
			return nil, err
		}
	}
	if len(wrong) > 0 {
		f.Refuse("file"+about, strings.Join(wrong, " "))
	}
	return brought, nil
}

// changed applies a button to the files of a brief.
func changed(d *mailings.Brief, verb, about string, brought []mailings.BriefAttachment, f desk.Form) error {
	all := slices.Clone(d.Attachments)
	if verb == "add" {
		all = append(all, brought...)
		d.Attachments = all
		return validate(all, "file")
	}
	number, err := strconv.Atoi(about)
	at := number - 1
	if err != nil || at < 0 || at >= len(all) || all[at].Hash != f.Get("hash") {
		return fault.New(fault.Conflict, "mailings.changed_meanwhile")
	}
	field := "name" + about
	switch verb {
	case "rename":
		name, err := attachments.NameOf(f.Field("name"))
		if told, is := desk.AsFault(err); is && len(told.Details) > 0 {
			return fault.At(field, told.Details[0].Message.Key, "most", 120)
		}
		all[at].Name = name
	case "replace":
		field = "file" + about
		all[at].Hash = brought[0].Hash // under the name that it has
	case "up":
		if at > 0 {
			all[at-1], all[at] = all[at], all[at-1]
		}
	case "remove":
		all = slices.Delete(all, at, at+1)
	default:
		return desk.NotHere()
	}
	d.Attachments = all
	return validate(all, field)
}

// validate says beside a field of the page what is wrong with the files together.
func validate(all []mailings.BriefAttachment, field string) error {
	var files []attachments.File
	for _, a := range all {
		files = append(files, attachments.File{Name: a.Name, Hash: a.Hash})
	}
	var wrong fault.List
	attachments.Check(files, &wrong)
	told, is := desk.AsFault(wrong.Err())
	if !is {
		return nil
	}
	var beside fault.List
	beside.Note(field, told.Details[0].Message)
	return beside.Err()
}

// again shows the page with what was refused.
func (s *Screen) again(x *desk.Exchange, f desk.Form, cause error) error {
	if err := f.Take(cause); err != nil {
		return err
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	v, err := s.read(x, f)
	if err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "attachment/page", v)
}

// brought writes a file that the mailing is being given, for who makes it.
func (s *Screen) brought(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	hash, err := attachments.ParseHash(x.Param("hash"))
	if err != nil {
		return err
	}
	a, err := s.Mailings.Attachments.Get(x.Context(), m.LabelID, hash)
	if err != nil {
		return err
	}
	data, err := s.Mailings.Attachments.Bytes(x.Context(), hash)
	if err != nil {
		return err
	}
	s.Mails.Send(x, a.As(hash.String()[:12]+".pdf"), data)
	return nil
}

// open writes a file of the newest revision.
func (s *Screen) open(x *desk.Exchange) error {
	id, err := s.newest(x)
	if err != nil {
		return err
	}
	return s.Mails.File(x, id)
}

// opened records that the user opens a file of the newest revision, and leads to it.
func (s *Screen) opened(x *desk.Exchange) error {
	id, err := s.newest(x)
	if err != nil {
		return err
	}
	return s.Mails.Opened(x, id, "/mailings/"+desk.Itoa(desk.Found[mailings.Mailing](x).ID))
}

func (s *Screen) newest(x *desk.Exchange) (mailings.RevisionID, error) {
	m := desk.Found[mailings.Mailing](x)
	if m.RevisionID == nil {
		return 0, fault.New(fault.Conflict, "mailings.no_content")
	}
	return *m.RevisionID, nil
}

package public

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/approval/shown"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/members"
	"keur/segments/explain"
	"keur/templates"
)

// clientFace is one of the mails that go out, as the client's page shows it.
type clientFace struct {
	shown.Face
	templates.FaceView
	Token string
	Of    int
	Seen  bool
	Lines []string // whom it is for, in words
}

// branchLine says a condition of a face, or that it doesn't hold.
func branchLine(own members.ValueWords, b shown.Branch, say words.Speaker) string {
	return say.T("client_page.for_members", "condition", explain.Condition(own, b.Text, b.Holds, say.Locale))
}

// previewCSP lets a mail show its styles, and the pictures that we serve from
// there, and run nothing. The page around it may measure it.
func previewCSP(pictures string) string {
	return "default-src 'none'; img-src 'self' data: " + pictures + "; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'self'; sandbox allow-same-origin"
}

// facesOf returns all mails that the client is asked about.
func (d clientPages) facesOf(c *gin.Context, inv *approval.Invitation, say words.Speaker) ([]clientFace, error) {
	set, err := d.Approval.Faces.OfRound(c.Request.Context(), inv.Round.FaceSetID)
	if err != nil {
		return nil, err
	}
	seen, err := d.Approval.Faces.SeenBy(c.Request.Context(), set.ID, inv.Contact.ID.Actor())
	if err != nil {
		return nil, err
	}
	own, err := members.NewAttributes(d.Members).ValueWords(c.Request.Context(), inv.Mailing.LabelID)
	if err != nil {
		return nil, err
	}
	var all []clientFace
	for _, f := range set.Faces {
		view, err := d.Approval.Faces.Show(c.Request.Context(), &set, f.Number, say.T("client_page.or_default"))
		if err != nil {
			return nil, err
		}
		var lines []string
		for _, b := range f.Branches {
			lines = append(lines, branchLine(own, b, say))
		}
		all = append(all, clientFace{f, view, c.Param("token"), len(set.Faces), slices.Contains(seen, f.Number), lines})
	}
	return all, nil
}

// face shows one of the mails alone, for the frames of the page.
func (d clientPages) face(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	set, err := d.Approval.Faces.OfRound(c.Request.Context(), inv.Round.FaceSetID)
	if err != nil {
		d.fail(c, err)
		return
	}
	view, err := d.Approval.Faces.Show(c.Request.Context(), &set, faceNumber(c), words.In(inv.Contact.Locale).T("client_page.or_default"))
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", previewCSP(view.Pictures))
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(view.Read(c.Query("as"))))
}

// seeFace records that the client has seen one of the mails: it was scrolled
// into view, or a button below it was pressed.
func (d clientPages) seeFace(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	token := c.Param("token")
	if err := d.Approval.NoteByLink(c.Request.Context(), credentialOf(c), faceNumber(c)); err != nil {
		d.fail(c, err)
		return
	}
	if err := d.opened(c, &inv); err != nil {
		d.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/a/"+token+"#face-"+c.Param("number"))
}

// faceNumber returns the number in the path; there is no face 0.
func faceNumber(c *gin.Context) int {
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return 0
	}
	return number
}

// unseenIn returns the sentence of a verdict that came before all was seen, or for which
// a file is missing or another one.
func unseenIn(err error) (words.Message, bool) {
	problem, ok := errors.AsType[*fault.Error](err)
	if ok && (problem.Message.Key == "attachments.missing" || problem.Message.Key == "attachments.altered") {
		return words.Of("client_page.file_missing"), true
	}
	if !ok || problem.Message.Key != "approval.faces_unseen" && problem.Message.Key != "approval.attachments_unopened" {
		return words.Message{}, false
	}
	return problem.Message, true
}

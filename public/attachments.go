package public

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/members"
	"keur/tracking"
)

// clientFile is a PDF that goes with the mails, as the client's page shows it.
type clientFile struct {
	attachments.File
	Token, Amount string
	Number        int
	Opened        bool
	Missing       bool // nobody can open it
}

// filesOf returns the files that the client opens before they approve.
func (d clientPages) filesOf(c *gin.Context, inv *approval.Invitation, say words.Speaker) (all []clientFile, err error) {
	files := inv.Content.Attachments
	if len(files) == 0 {
		return nil, nil
	}
	opened, err := d.Approval.Faces.OpenedBy(c.Request.Context(), inv.Round.RevisionID, inv.Contact.ID.Actor())
	if err != nil {
		return nil, err
	}
	missing, err := d.Approval.Faces.Missing(c.Request.Context(), files)
	for i, f := range files {
		all = append(all, clientFile{
			f, c.Param("token"), amountOf(f, say), i + 1, slices.Contains(opened, i+1), slices.Contains(missing, i+1),
		})
	}
	return all, err
}

// amountOf says how large a file is: 84 kB, 2 pages.
func amountOf(f attachments.File, say words.Speaker) string {
	return say.T("client_page.file_size", "kb", (f.Size+999)/1000) + ", " + say.T("client_page.file_pages", "n", f.Pages)
}

// attachment writes one of the files.
func (d clientPages) attachment(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	f, data, err := d.Approval.Faces.Open(c.Request.Context(), inv.Round.RevisionID, faceNumber(c))
	if err != nil {
		d.fail(c, err)
		return
	}
	sendFile(c, f, data)
}

// openAttachment records that the client opens one of the files, and leads to it.
func (d clientPages) openAttachment(c *gin.Context) {
	inv, ok := d.invited(c)
	if !ok {
		return
	}
	if inv.Decidable() { // later it is only read
		if err := d.Approval.OpenedByLink(c.Request.Context(), credentialOf(c), faceNumber(c)); err != nil {
			d.fail(c, err)
			return
		}
		if err := d.opened(c, &inv); err != nil {
			d.fail(c, err)
			return
		}
	}
	c.Redirect(http.StatusSeeOther, "/a/"+c.Param("token")+"/attachments/"+c.Param("number"))
}

// viewAttachment writes a file that went with the mail of a delivery, for the member
// it was sent to.
func (s *server) viewAttachment(c *gin.Context) {
	ref, ok := s.Ring.Parse(tracking.View, c.Param("token"))
	if !ok {
		s.trouble(c, http.StatusNotFound)
		return
	}
	f, data, err := s.ViewFile(c.Request.Context(), mailings.SendID(ref.Send), members.ID(ref.Member), faceNumber(c))
	if err != nil {
		s.fail(c, err)
		return
	}
	sendFile(c, f, data)
}

// sendFile writes a file so that it is looked at by itself, and reaches nothing here.
func sendFile(c *gin.Context, f attachments.File, data []byte) {
	for name, value := range attachments.Headers(f) {
		c.Header(name, value)
	}
	c.Data(http.StatusOK, attachments.Type, data)
}

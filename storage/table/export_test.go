package table

// Fill has a workbook's sheet have no more room.
func Fill(w Writer) { w.(*workbookWriter).line = MaxRows }

"""Where things are: shapes, boxes, layouts, and the engines that lay graphs out."""

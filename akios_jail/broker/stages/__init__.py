"""The stages that an exchange passes, one file each, all of the same shape: `stage.Stage`."""

/** Property tests draw the same values in every run: set up where the run is a measurement. */
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1 })
